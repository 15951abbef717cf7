import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { startProgram, type Program } from '../support/start-program.ts';

// Other tests keep the machine busy meanwhile, and these start half a dozen processes.
jest.setTimeout(120_000);

let databases: TestDatabases;
let folder: string;
let environment: NodeJS.ProcessEnv;
let dev: Program;

beforeAll(async () => {
  databases = await openTestDatabases({ max: 2 });
  folder = mkdtempSync(path.join(tmpdir(), 'switchyard-dev-'));
  environment = {
    MAIN_DATABASE_URL: databases.urls.main,
    SESSIONS_DATABASE_URL: databases.urls.sessions,
    SWITCHYARD_DATA_DIR: folder,
    OPS_TOKEN: 'a token of the tests',
    PORT: String(await freePort()),
  };
});
afterAll(async () => {
  await databases.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  dev.signal('SIGKILL');
  await dev.ended;
});

/** The first of two that follow one another. */
async function twoFreePorts(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if ((await freePort(port + 1)) === port + 1) return port;
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** The processes of the shop and its worker, as they tell the database. */
async function pidsNow(): Promise<{ shops: number[]; worker: number }> {
  const { rows } = await databases.main.query<{ name: string }>(
    `select name from session_lease where name like 'process/%' order by name`,
  );
  const worker = await databases.sessions.query<{ holder: string }>(
    `select holder from session_lease where name = 'move-worker'`,
  );
  const pidIn = (text = ''): number => Number(/\/(\d+)\/\w+$/.exec(text)?.[1]);
  return { shops: rows.map(({ name }) => pidIn(name)), worker: pidIn(worker.rows[0]?.holder) };
}

async function sendShoppers(): Promise<void> {
  const ops = `http://127.0.0.1:${environment['PORT']}/ops`;
  const body = new URLSearchParams({ name: 'Ada', token: environment['OPS_TOKEN'] ?? '' });
  const headers = { connection: 'close' };
  const entered = await fetch(`${ops}/login`, { method: 'POST', redirect: 'manual', body, headers });
  const cookie = entered.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
  const page = await (await fetch(ops, { headers: { ...headers, cookie } })).text();
  const formToken = /"x-form-token":"([^"]*)"/.exec(page)?.[1] ?? '';
  const deed = { method: 'POST', headers: { ...headers, cookie, 'x-form-token': formToken } };
  expect(await (await fetch(`${ops}/bench/shoppers-start`, deed)).text()).toBe('20 more shoppers are on their way.');
  // Whoever has not come in by now does not look once more when it leaves.
  await sleep(2_000);
}

it('several processes serve one port; one that ends is named and started again; a signal ends them all', async () => {
  const metricsPort = await twoFreePorts();
  dev = startProgram('dev.ts', { ...environment, METRICS_PORT: String(metricsPort) }, ['--processes', '2']);
  await Promise.all([1, 2].map((n) => dev.says(new RegExp(`^shop ${n} +│ the shop is open at http`, 'm'))));
  await dev.says(/^worker +│ .*this worker leads/m);
  await dev.says(/^dev +│ the console is at http/m);

  const [victim = 0] = (await pidsNow()).shops;
  process.kill(victim, 'SIGKILL');
  const [, name] = await dev.says(/^dev +│ (shop \d) ended \(SIGKILL\): starting it again$/m);
  await dev.says(new RegExp(`starting it again\n[^]*^${name} +│ the shop is open at http`, 'm'));
  const answer = await fetch(`http://127.0.0.1:${environment['PORT']}/readyz`, { headers: { connection: 'close' } });
  expect(answer.status).toBe(200);
  const asked = [metricsPort, metricsPort + 1].map((port) => fetch(`http://127.0.0.1:${port}/metrics`));
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200]);

  const { shops, worker } = await pidsNow();
  const running = [...new Set([...shops, worker])].filter((pid) => pid !== victim);
  expect(running).toHaveLength(3);
  expect(running.filter(isAlive)).toEqual(running);
  await sendShoppers();
  dev.signal('SIGINT');
  // From then on nobody's place is taken. A Ctrl-C in a terminal reaches all of them at once.
  await dev.says(/^dev +│ ending: /m);
  for (const pid of running) if (isAlive(pid)) process.kill(pid, pid === running[0] ? 'SIGKILL' : 'SIGINT');
  expect(await dev.ended).toBe(0);
  expect(dev.output()).not.toMatch(/│ ending: [^]*starting it again/);
  expect(running.filter(isAlive)).toEqual([]);
  expect(dev.output()).not.toMatch(/did not end|still under way|not everything/);
});

it('a port that is taken is said once, with what to do, and nothing stays behind', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(Number(environment['PORT']), '127.0.0.1', resolve));
  dev = startProgram('dev.ts', environment, ['--processes', '2']);
  const code = await dev.ended;
  taken.close();
  expect(code).toBe(2);
  expect(dev.output().match(/Port \d+ of 127\.0\.0\.1 is in use by another program/g)).toHaveLength(1);
  expect(dev.output()).toMatch(/^shop 1 ended at its start \(exit code 2\) \[PROCESS_ENDED\]$/m);
});

it('an option that is not understood starts nothing', async () => {
  dev = startProgram('dev.ts', environment, ['--processes', 'many']);
  expect(await dev.ended).toBe(2);
  expect(dev.output()).toMatch(/^\n--processes has to be a whole number from 1 to 16, not "many"\.\nUsage: /);
});
