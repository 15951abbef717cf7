import { drawSessionKey, encodeKey } from '@switchyard/session-backends';
import { createMoveController } from '../../src/move-controller.ts';
import { openTwoSides, type TwoSides } from '../support/two-sides.ts';
import { until } from '../support/until.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

/** Workers that wait for something at the new side, as its server sees them. */
async function listeners({ databases }: TwoSides): Promise<number> {
  const { rows } = await databases.sessions.query(
    `select from pg_stat_activity where datname = current_database() and query ilike 'listen %'`,
  );
  return rows.length;
}

describe('workers in processes of their own', () => {
  let sides: TwoSides;
  const started: WorkerProcess[] = [];
  beforeEach(async () => {
    sides = await openTwoSides();
  });
  afterEach(async () => {
    await Promise.all(started.map((worker) => worker.end()));
    await sides.databases.close();
  });

  const start = (): WorkerProcess => {
    const worker = startWorkerProcess(sides.databases.urls);
    started.push(worker);
    return worker;
  };
  const tokenOf = ({ events }: WorkerProcess): number | undefined =>
    events.flatMap((event) => (event.kind === 'leading' ? [event.token] : [])).at(-1);
  const leads = (worker: WorkerProcess, token: number): Promise<void> =>
    until(`a worker leads with token ${token}`, () => tokenOf(worker) === token);
  const took = async (work: () => Promise<void>): Promise<number> => {
    const startedAt = performance.now();
    await work();
    return performance.now() - startedAt;
  };
  /** Something is written at the old side, and carried to the new one. */
  const isCarried = async (): Promise<void> => {
    const key = encodeKey(drawSessionKey());
    const expiresAt = new Date(Date.now() + 3_600_000);
    await sides.openStore().apply([{ kind: 'create', key, data: '{}', expiresAt, userId: null, fresh: true }]);
    await until('a new session is at the new side', async () => {
      const { rows } = await sides.databases.sessions.query('select from session where session_key = $1', [key]);
      return rows.length === 1;
    });
  };

  it('take over within five seconds from one that was killed or stopped, which stands down when it wakes; and at once from one that ends', async () => {
    await createMoveController(sides).start();
    const first = start();
    await leads(first, 1);
    const second = start();
    await isCarried();

    first.signal('SIGKILL');
    expect(await took(() => leads(second, 2))).toBeLessThan(5_000);
    await isCarried();

    const third = start();
    await until('the third one listens', async () => (await listeners(sides)) === 2);
    second.signal('SIGSTOP');
    expect(await took(() => leads(third, 3))).toBeLessThan(5_000);
    await isCarried();
    second.signal('SIGCONT');
    await until('the second one stands down', () => second.events.at(-1)?.kind === 'lease-lost');

    third.signal('SIGTERM');
    expect(await took(() => leads(second, 4))).toBeLessThan(1_000);
    await third.ended;
    expect(third.events.some(({ kind }) => kind === 'lease-lost')).toBe(false);
    await isCarried();
  });
});
