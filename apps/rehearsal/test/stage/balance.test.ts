import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpClient } from '../../src/shopper/http-client.ts';
import { balance, type Served } from '../../src/stage/balance.ts';
import type { ShopProcess } from '../../src/stage/shop-process.ts';

/** A process that tells its number, or hangs. */
interface Fake extends ShopProcess {
  open: boolean;
  hangs: boolean;
  readonly server: Server;
}

let fakes: Fake[];
let clients: HttpClient[];
let served: Served[];

async function fake(number: number): Promise<Fake> {
  const server = createServer((_request, response) => {
    if (process.hangs) return;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(number));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const process: Fake = {
    server,
    open: true,
    hangs: false,
    port: (server.address() as AddressInfo).port,
    flagDelayMs: 0,
    pid: () => 1,
    isOpen: () => process.open,
    start: async () => undefined,
    kill: async () => undefined,
    pause: () => () => undefined,
    state: async () => Promise.reject(new Error('not asked')),
    stop: async () => undefined,
  };
  return process;
}

beforeEach(async () => {
  served = [];
  fakes = await Promise.all([0, 1, 2].map(fake));
  clients = balance(fakes, { onServed: (one) => void served.push(one), now: () => performance.now() });
});
afterEach(() => {
  clients.forEach((client) => client.close());
  fakes.forEach(({ server }) => (server.close(), server.closeAllConnections()));
});

const ask = async (client: number): Promise<unknown> => {
  const response = await (clients[client] as HttpClient).send({ method: 'GET', path: '/' });
  return response.status === undefined ? response.reason : response.json;
};

describe('the load balancer', () => {
  it('asks the process that is meant', async () => {
    expect(await Promise.all([0, 1, 2].map(ask))).toEqual([0, 1, 2]);
    expect(served.map(({ process }) => process).toSorted()).toEqual([0, 1, 2]);
  });

  it('asks another one while that is away, and when it finds nobody there', async () => {
    (fakes[1] as Fake).open = false;
    expect(await ask(1)).not.toBe(1);
    const gone = fakes[2] as Fake;
    await new Promise((resolve) => (gone.server.close(resolve), gone.server.closeAllConnections()));
    const asking = ask(2);
    setTimeout(() => void (gone.open = false), 20);
    expect(await asking).toBe(0);
    expect(served.every(({ response }) => response.status === 200)).toBe(true);
  });

  it('sends no more than a few to one that hangs', async () => {
    (fakes[0] as Fake).hangs = true;
    void Array.from({ length: 6 }, () => ask(0));
    expect(await ask(0)).not.toBe(0);
  });

  it('waits while none is there', async () => {
    fakes.forEach((process) => (process.open = false));
    const asking = ask(0);
    setTimeout(() => void ((fakes[0] as Fake).open = true), 60);
    expect(await asking).toBe(0);
  });

  it('tells of an answer that is lost, and does not ask again', async () => {
    const first = fakes[0] as Fake;
    first.hangs = true;
    const asking = ask(0);
    await new Promise((resolve) => setTimeout(resolve, 30));
    first.server.closeAllConnections();
    expect(await asking).toBe('ECONNRESET');
    expect(served).toMatchObject([{ process: 0, response: { status: undefined } }]);
  });
});
