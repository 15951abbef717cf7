import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { makeTemporaryFolder } from '../src/embedded/temporary-folder.ts';
import { startEmbeddedPostgres } from '../src/embedded/embedded-postgres.ts';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('an embedded PostgreSQL', () => {
  const folder = makeTemporaryFolder('switchyard-embedded-');
  const data = path.join(folder, 'main');
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const query = async (url: string, text: string): Promise<unknown[]> => {
    const client = new pg.Client({ connectionString: url });
    // A server that is killed takes its connections with it.
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  };

  it('keeps its data over a stop, a crash, and the stale lock file of a crash', async () => {
    const announced: string[] = [];
    const announce = (message: string): void => void announced.push(message);
    const first = await startEmbeddedPostgres({ folder: data, database: 'main', announce });
    await query(first.url, 'create table kept as select 1 as one');
    await expect(startEmbeddedPostgres({ folder: data, database: 'main' })).rejects.toMatchObject({
      code: 'EMBEDDED_IN_USE',
    });
    await first.kill();
    await first.start();
    expect(await query(first.url, 'select one from kept')).toEqual([{ one: 1 }]);
    await first.stop();

    // What a machine that lost its power leaves behind: the process id may be somebody else's by now.
    await writeFile(path.join(first.folder, 'postmaster.pid'), `${process.pid}\n${first.folder}\n`);
    const second = await startEmbeddedPostgres({ folder: data, database: 'main', announce });
    expect(announced.join()).toContain('lock file was removed');
    expect(await query(second.url, 'select one from kept')).toEqual([{ one: 1 }]);
    await second.stop();
    expect(second.pid()).toBeUndefined();
  });

  it('takes another port when the preferred one is in use, and says so', async () => {
    const blocker = spawn(process.execPath, [
      '-e',
      `require('net').createServer().listen(0,'127.0.0.1',function(){console.log(this.address().port)})`,
    ]);
    try {
      const [chunk] = (await once(blocker.stdout, 'data')) as [Buffer];
      const announced: string[] = [];
      const server = await startEmbeddedPostgres({
        folder: data,
        database: 'main',
        port: Number(chunk.toString()),
        announce: (message) => void announced.push(message),
      });
      expect(server.port).not.toBe(Number(chunk.toString()));
      expect(announced.join()).toContain('is in use');
      await server.stop();
    } finally {
      blocker.kill();
    }
  });

  it('ends with the process that started it, even when that is killed', async () => {
    const starter = `
      import { startEmbeddedPostgres } from '@switchyard/databases';
      startEmbeddedPostgres({ folder: ${JSON.stringify(data)}, database: 'main' }).then((server) => console.log(server.pid()));
      setInterval(() => undefined, 1000);`;
    const child = execFile(
      process.execPath,
      ['--conditions=@switchyard/source', '--import', 'tsx', '--input-type=module', '-e', starter],
      { cwd: process.cwd() },
    );
    try {
      const [chunk] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer | string];
      const pid = Number(chunk.toString());
      expect(() => process.kill(pid, 0)).not.toThrow();
      child.kill('SIGKILL');
      for (let tries = 0; tries < 100 && isAlive(pid); tries++)
        await new Promise((resolve) => setTimeout(resolve, 100));
      expect(isAlive(pid)).toBe(false);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
