import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { keepProcess, type KeptProcess } from '../../src/dev/keep-process.ts';
import { until } from '../support/until.ts';

describe('a process that is kept', () => {
  let started: number;
  let said: string[];
  let kept: KeptProcess;
  beforeEach(async () => {
    [started, said] = [0, []];
    kept = keepProcess({
      id: 'shop 1',
      kind: 'shop',
      say: (_name, line) => said.push(line),
      stopWithinMs: 5_000,
      spawn: () => {
        started++;
        const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'pipe' });
        return { child, opened: once(child, 'spawn') };
      },
    });
    await kept.start();
  });
  afterEach(() => kept.stop());

  it('is started again when it ends', async () => {
    kept.kill();
    await until('another one runs', async () => started === 2 && kept.describe().state === 'running');
    expect(said).toEqual(['shop 1 ended (SIGKILL): starting it again']);
  });

  it('is not started again once it is to end, whatever ends it', async () => {
    const stopped = kept.stop();
    kept.kill();
    await stopped;
    expect([started, said]).toEqual([1, []]);
  });
});
