import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { findProjectFolder, makeTemporaryFolder } from '@switchyard/databases';
import type { Report } from '../src/report/report.ts';
import type { Summary } from '../src/report/summary.ts';

const LIMIT_MS = 150_000;
const project = findProjectFolder();

interface Run {
  readonly child: ChildProcess;
  readonly folder: string;
  /** Resolves when the text appears on stderr. */
  said(text: string): Promise<void>;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

let folder: string;
// PostgreSQL's own user has to be able to enter it, where we run as root.
beforeEach(() => void (folder = makeTemporaryFolder('switchyard-rehearsal-test-')));
afterEach(() => {
  started.splice(0).forEach((child) => child.kill('SIGKILL'));
  rmSync(folder, { recursive: true, force: true });
});

const started: ChildProcess[] = [];

/** The compiler's cache is no concern of ours. */
const leftBehind = (): string[] => readdirSync(folder).filter((name) => !name.startsWith('tsx-'));

function rehearse(...args: string[]): Run {
  const child = spawn(
    process.execPath,
    ['--conditions=@switchyard/source', '--import', 'tsx', 'src/main.ts', ...args],
    {
      cwd: path.join(project, 'apps', 'rehearsal'),
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  started.push(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  const said = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      child.stderr.on('data', () => stderr.includes(text) && resolve());
      void ended.then(() => reject(new Error(`it ended before it said "${text}":\n${stderr}`)));
    });
  return { child, folder, said, ended };
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** The processes that it has started, and those that they have. */
function descendants(pid: number): number[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const parents = rows.map((row) => row.trim().split(/\s+/).map(Number) as [number, number]);
  const of = (parent: number): number[] =>
    parents.filter(([, ppid]) => ppid === parent).flatMap(([child]) => [child, ...of(child)]);
  return of(pid);
}

async function untilEnded(pids: readonly number[], limitMs: number): Promise<number[]> {
  const giveUpAt = Date.now() + limitMs;
  while (pids.some(alive) && Date.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 50));
  return pids.filter(alive);
}

describe('a rehearsal', () => {
  it(
    'moves the sessions of a shop that is open while things go wrong, loses nothing, and leaves nothing behind',
    async () => {
      const { code, stdout, stderr } = await rehearse('--seeds', '3', '--json').ended;
      if (stdout === '') throw new Error(stderr);
      const summary = JSON.parse(stdout) as Summary;
      expect(summary).toMatchObject({
        seeds: [1, 2, 3],
        failed: [],
        lostBaskets: 0,
        lostChanges: 0,
        resurrected: 0,
        nonLinearizable: 0,
        undecided: 0,
        serviceFindings: [],
        failures: [],
      });
      expect(code).toBe(0);
      expect(summary.acknowledged).toBeGreaterThan(300);
      expect(summary.faults.length).toBeGreaterThan(10);
      expect(summary.kinds.length).toBeGreaterThan(6);
      for (const { backAfterMs } of summary.faults) expect(backAfterMs).toBeLessThan(5_000);
      expect(leftBehind()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'finds what a naive store loses',
    async () => {
      const { code, stdout } = await rehearse(
        ...[
          '--naive',
          '--stagger',
          '2000',
          '--seconds',
          '12',
          '--shoppers',
          '60',
          '--seed',
          '2',
          '--faults',
          'new-kill',
          '--json',
        ],
      ).ended;
      expect(code).toBe(4);
      const report = JSON.parse(stdout) as Report;
      expect(report.steps.map(({ name }) => name)).toEqual([
        'baseline',
        'migration_flag on',
        'session age waited out',
        'rows compared',
        'new_db_router_flag on',
        'migration_flag off',
        'old table emptied',
        'last look at every basket',
        'the same with an empty cache',
      ]);
      expect(report.steps.reduce((sum, { requests }) => sum + requests, 0)).toBe(report.requests);
      expect(report.lostBaskets + report.lostChanges + report.resurrected).toBeGreaterThan(0);
      expect(report.nonLinearizable).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );

  it(
    'ends at Ctrl-C with everything that it has started, whatever goes wrong',
    async () => {
      const { child, said, ended } = rehearse('--shoppers', '5', '--verbose', '--faults', 'new-kill', '--seed', '6');
      await said('fault begins');
      const processes = descendants(child.pid ?? 0);
      expect(processes.length).toBeGreaterThan(8);
      child.kill('SIGINT');
      const { code, stdout, stderr } = await ended;
      expect([code, stdout]).toEqual([130, '']);
      expect(stderr).toContain('Interrupted.');
      // What has ended is there until its parent has taken note.
      expect(await untilEnded(processes, 10_000)).toEqual([]);
      expect(leftBehind()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'takes along everything that it has started when it is killed, a process that is stopped with it',
    async () => {
      const { child, said } = rehearse('--shoppers', '5', '--verbose', '--faults', 'shop-stop', '--seed', '6');
      await said('fault begins');
      const processes = descendants(child.pid ?? 0);
      child.kill('SIGKILL');
      expect(await untilEnded(processes, 20_000)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'ends with what to do when a process of the shop is lost',
    async () => {
      const { child, said, ended } = rehearse('--shoppers', '5', '--no-faults');
      await said('start');
      const shop = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
        .split('\n')
        .map((row) => row.trim().split(/\s+/))
        .find(([, ppid, ...args]) => Number(ppid) === child.pid && args.join(' ').endsWith('shop.mjs'));
      process.kill(Number(shop?.[0]), 'SIGKILL');
      const { code, stdout, stderr } = await ended;
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/A process of the shop \(\d+\) ended by itself/);
    },
    LIMIT_MS,
  );
});

describe('many rehearsals', () => {
  it(
    'end at Ctrl-C with everything that they have started',
    async () => {
      const { child, said, ended } = rehearse('--seeds', '2', '--shoppers', '5');
      await said('Making the data');
      for (let tries = 0; tries < 400 && descendants(child.pid ?? 0).length < 12; tries++)
        await new Promise((resolve) => setTimeout(resolve, 50));
      const processes = descendants(child.pid ?? 0);
      expect(processes.length).toBeGreaterThan(8);
      child.kill('SIGINT');
      const { code, stdout } = await ended;
      expect([code, stdout]).toEqual([130, '']);
      expect(await untilEnded(processes, 10_000)).toEqual([]);
      expect(leftBehind()).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe('a command line that is not understood', () => {
  it('ends with 2, and a sentence that says why', async () => {
    const { code, stdout, stderr } = await rehearse('--shoppers', 'many').ended;
    expect([code, stdout, stderr.trim()]).toEqual([2, '', '--shoppers takes a whole number from 1 to 2000.']);
  });
});
