import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { pause } from '../../src/stage/pause.ts';

let child: ChildProcess;
beforeEach(() => void (child = spawn('sleep', ['60'], { stdio: 'ignore' })));
afterEach(() => void child.kill('SIGKILL'));

const stateOf = (pid: number): string =>
  execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).trim();

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !condition(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(condition()).toBe(true);
}

describe('a process that is paused', () => {
  it('stays where it is until it is let go', async () => {
    const pid = child.pid as number;
    const resume = pause(pid);
    await until(() => stateOf(pid).startsWith('T'));
    resume();
    await until(() => stateOf(pid).startsWith('S'));
    resume();
  });

  it('is not left behind when whoever has paused it is killed', async () => {
    const script = `import('${path.resolve(__dirname, '../../src/stage/pause.ts')}').then(({ pause }) => {
      pause(${child.pid}); process.stdout.write('paused'); setInterval(() => undefined, 1000); })`;
    const pauser = spawn(process.execPath, ['--import', 'tsx', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(pauser.stdout, 'data');
    const ended = once(child, 'exit');
    pauser.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
  });
});
