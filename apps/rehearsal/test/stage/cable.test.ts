import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { layCable, type Cable } from '../../src/stage/cable.ts';

/** Says everything back that it is told. */
let echo: Server;
let cable: Cable;

beforeEach(async () => {
  echo = createServer((socket) => void socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  cable = await layCable((echo.address() as AddressInfo).port);
});
afterEach(async () => {
  await cable.close();
  echo.close();
});

async function open(): Promise<Socket> {
  const socket = connect(cable.port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

const said = async (socket: Socket, words: string): Promise<string> => {
  socket.write(words);
  const [heard] = (await once(socket, 'data')) as [Buffer];
  return heard.toString();
};

/** The network's code when it breaks. */
const breaking = async (socket: Socket): Promise<unknown> => {
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  return error.code;
};

describe('a cable', () => {
  it('carries what is said both ways, and the end of it', async () => {
    const socket = await open();
    expect(await said(socket, 'hello')).toBe('hello');
    socket.end();
    await once(socket, 'close');
  });

  it('breaks every connection when it is cut, and each new one until it is mended', async () => {
    const socket = await open();
    await said(socket, 'hello');
    const broken = breaking(socket);
    cable.cut();
    expect(await broken).toBe('ECONNRESET');
    const again = connect(cable.port, '127.0.0.1');
    expect(await breaking(again)).toBe('ECONNRESET');
    cable.mend();
    const third = await open();
    expect(await said(third, 'back')).toBe('back');
    third.destroy();
  });

  it('carries on, in order, with what was said while it was held', async () => {
    const socket = await open();
    cable.hold();
    let heard = '';
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    for (const word of ['one ', 'two ', 'three']) {
      socket.write(word);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(heard).toBe('');
    cable.mend();
    while (heard.length < 13) await once(socket, 'data');
    expect(heard).toBe('one two three');
    socket.destroy();
  });

  it('loses what was said while it was held when it is cut then', async () => {
    const socket = await open();
    cable.hold();
    socket.write('hello');
    const broken = breaking(socket);
    await new Promise((resolve) => setTimeout(resolve, 10));
    cable.cut();
    expect(await broken).toBe('ECONNRESET');
  });

  it('delivers answers late while it is slow, and those on their way at once when it is mended', async () => {
    const socket = await open();
    cable.slow(60);
    const since = performance.now();
    expect(await said(socket, 'hello')).toBe('hello');
    expect(performance.now() - since).toBeGreaterThan(55);
    cable.slow(60_000);
    const late = said(socket, 'again');
    await new Promise((resolve) => setTimeout(resolve, 20));
    cable.mend();
    expect(await late).toBe('again');
    socket.destroy();
  });

  it('breaks as a server does that is not there', async () => {
    const nowhere = await layCable(1);
    const socket = connect(nowhere.port, '127.0.0.1');
    expect(await breaking(socket)).toBe('ECONNRESET');
    await nowhere.close();
  });
});
