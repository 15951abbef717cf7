import { Agent, request } from 'node:http';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { environmentOf, seedShop } from './support/open-composed-shop.ts';
import { startProgram, type Program } from './support/start-program.ts';
import { until } from './support/until.ts';

// Other tests keep the machine busy meanwhile.
jest.setTimeout(120_000);

let databases: TestDatabases;
let shop: Program;
let url: string;
/** Keeps its connections, as browsers do. */
let agent: Agent;

beforeAll(async () => {
  databases = await openTestDatabases({ max: 3 });
  await seedShop(databases);
});
afterAll(() => databases.close());

const start = async (environment: NodeJS.ProcessEnv): Promise<void> => {
  shop = startProgram('main.ts', { ...environmentOf(databases), ...environment });
  [url = ''] = /http:\S+/.exec((await shop.says(/the shop is open at http:\S+\n/))[0]) ?? [];
  agent = new Agent({ keepAlive: true });
};
afterEach(async () => {
  agent.destroy();
  shop.signal('SIGKILL');
  await shop.ended;
});

interface Answer {
  readonly status: number;
  readonly connection: string | undefined;
  readonly cookie: string;
  readonly text: string;
}

/** Rejects when the connection is refused or cut off. */
const ask = (path: string, form?: Record<string, string>, cookie = ''): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const headers = { cookie, ...(form && { 'content-type': 'application/x-www-form-urlencoded' }) };
    const sent = request(`${url}${path}`, { agent, headers, method: form ? 'POST' : 'GET' }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('error', reject);
      response.on('end', () => {
        const cookies = [cookie, ...(response.headers['set-cookie'] ?? []).map((line) => line.split(';')[0])];
        const { statusCode: status = 0, headers } = response;
        resolve({ status, connection: headers.connection, cookie: cookies.filter(Boolean).join('; '), text });
      });
    });
    sent.on('error', reject);
    sent.end(form && new URLSearchParams(form).toString());
  });

/** Somebody who puts something into a basket whose row cannot be written for now. */
async function beginSlowRequest(): Promise<{ answer: Promise<Answer>; letGo: () => Promise<void>; cookie: string }> {
  const { rows } = await databases.main.query<{ id: number }>('select id from product order by id limit 1');
  const login = await ask('/login');
  const [, _csrf = ''] = /name="_csrf" value="([^"]+)"/.exec(login.text) ?? [];
  const form = { _csrf, productId: String(rows[0]?.id), quantity: '1' };
  const { status, cookie } = await ask('/basket/add', form, login.cookie);
  expect(status).toBe(303);
  const lock = await databases.main.connect();
  await lock.query('begin');
  await lock.query('select from session for update');
  const answer = ask('/basket/add', form, cookie);
  answer.catch(() => undefined);
  const waits = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
  await until('the save waits', async () => (await databases.main.query(waits)).rows.length > 0);
  const letGo = async (): Promise<void> => {
    await lock.query('rollback');
    lock.release();
  };
  return { answer, letGo, cookie };
}

const isRefused = (): Promise<boolean> =>
  fetch(`${url}/healthz`, { headers: { connection: 'close' } }).then(
    () => false,
    () => true,
  );

it('a process that is told to end finishes what it has begun, closes its connections and ends with code 0', async () => {
  await start({ METRICS_PORT: '0' });
  const slow = await beginSlowRequest();
  shop.signal('SIGTERM');
  await until('connections are refused', isRefused);
  await slow.letGo();

  expect(await slow.answer).toMatchObject({ status: 303, connection: 'close' });
  expect(await shop.ended).toBe(0);
  const { rows } = await databases.main.query<{ data: string }>('select data from session order by version desc');
  expect(Object.values((JSON.parse(rows[0]?.data ?? '') as { basket: object }).basket)).toEqual([2]);
  const open = `select from pg_stat_activity where application_name like 'shop%' and datname = current_database()`;
  expect((await databases.main.query(open)).rows).toEqual([]);
});

it('while a load balancer takes note, it says that it is not ready, and serves', async () => {
  await start({ SHUTDOWN_DELAY_SECONDS: '60' });
  expect((await ask('/readyz')).status).toBe(200);
  shop.signal('SIGTERM');
  await until('it is not ready', async () => (await ask('/readyz')).status === 503);
  const ready = await ask('/readyz');
  expect(JSON.parse(ready.text)).toEqual({ ready: false, checks: { process: 'stopping' } });
  expect((await ask('/healthz')).status).toBe(200);
  expect((await ask('/')).status).toBe(200);
});

it('what does not finish in time is cut off, and said', async () => {
  await start({ SHUTDOWN_TIMEOUT_SECONDS: '0.3' });
  const slow = await beginSlowRequest();
  shop.signal('SIGTERM');
  await expect(slow.answer).rejects.toThrow();
  expect(await shop.ended).toBe(1);
  expect(shop.output()).toContain('1 request was still under way after 0.3 s and cut off\n');
  await slow.letGo();
});
