import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { pgExecutor } from '@switchyard/session-backends';
import pg from 'pg';

/** How a server says that it is going away. */
const FAREWELL = (() => {
  const fields = 'SFATAL\0C57P01\0Mterminating connection\0\0';
  const header = Buffer.from('E\0\0\0\0');
  header.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([header, Buffer.from(fields)]);
})();
const READY = Buffer.from('Z\0\0\0\x05I');

let databases: TestDatabases;
let server: Server;
let pool: pg.Pool;
/** Whether the farewell comes in one piece with the answer. */
let isGoing = false;

beforeAll(async () => {
  databases = await openTestDatabases();
  const { hostname, port } = new URL(databases.urls.main);
  server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.pipe(far);
    far.on('data', (chunk: Buffer) => {
      const isLast = isGoing && chunk.subarray(-READY.length).equals(READY);
      near.write(isLast ? Buffer.concat([chunk, FAREWELL]) : chunk);
      if (isLast) far.destroy();
    });
    far.on('close', () => near.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const through = Object.assign(new URL(databases.urls.main), {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
  pool = new pg.Pool({ connectionString: through.href, max: 1 });
  pool.on('error', () => undefined);
});
afterAll(async () => {
  await pool.end();
  server.close();
  await databases.close();
});

it('a server that goes away in one breath with its answer has answered, and is found gone by the next query', async () => {
  const executor = pgExecutor(pool);
  const ask = () => executor.query('select $1::int as n', [1], { name: 'farewell' });
  expect(await ask()).toEqual([{ n: 1 }]);
  isGoing = true;
  expect(await ask()).toEqual([{ n: 1 }]);
  isGoing = false;
  await ask().catch(() => undefined);
  expect(await ask()).toEqual([{ n: 1 }]);
});
