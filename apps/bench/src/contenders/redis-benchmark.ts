import { basketOf } from '../basket.ts';
import { BenchError } from '../bench-error.ts';
import type { Task } from '../measurement.ts';
import type { Contender } from './contender.ts';
import { runTimed } from './run-timed.ts';

export interface RedisBenchmarkSettings {
  readonly redisUrl: string;
  readonly prefix: string;
  readonly sessions: number;
  readonly bytes: number;
  readonly connections: number;
}

const AGE_SECONDS = 14 * 86_400;
/** For as long as nothing is known. */
const GUESSED_PER_SECOND = 10_000;

/** What the server can do with a command each: Redis' own bench. It takes a number of commands, not a time. */
export async function redisBenchmark(settings: RedisBenchmarkSettings): Promise<Contender> {
  const { redisUrl, prefix, sessions, bytes, connections } = settings;
  const { hostname, port, password } = new URL(redisUrl);
  const data = JSON.stringify(basketOf(bytes));
  const key = `${prefix}__rand_int__`;
  const speeds = new Map<string, number>();
  const commandOf = (operation: Task['operation']): string[] =>
    operation === 'load' ? ['GET', key] : ['SET', key, data, 'EX', String(AGE_SECONDS)];

  const run = async (operation: Task['operation'], callers: number, count: number) => {
    const { stdout, cpuMicros } = await runTimed(
      'redis-benchmark',
      [
        ...['-h', hostname, '-p', port || '6379', '-c', String(Math.min(callers, connections))],
        ...['-n', String(count), '-r', String(sessions), '--csv', ...commandOf(operation)],
      ],
      { REDISCLI_AUTH: decodeURIComponent(password) },
    );
    // The name of the test is the command itself, with whatever is in it.
    const cells = stdout.trim().split('\n').at(-1)?.split('","').slice(-7) ?? [];
    const [rate, , , p50, , p99] = cells.map((cell) => Number.parseFloat(cell.replaceAll('"', '')));
    if (rate === undefined || p50 === undefined || p99 === undefined || Number.isNaN(rate))
      throw new BenchError('TOOL_FAILED', `redis-benchmark said nothing of its speed: ${stdout.trim().slice(-300)}`);
    return { opsPerSecond: rate, p50Ms: p50, p99Ms: p99, cpuMicros: cpuMicros / count };
  };

  await run('save', connections, sessions * 5);
  return {
    measure: async ({ operation, callers, seconds }) => {
      const name = `${operation} ${callers}`;
      const count = Math.max(100, Math.round((speeds.get(name) ?? GUESSED_PER_SECOND) * seconds));
      const measured = await run(operation, callers, count);
      speeds.set(name, measured.opsPerSecond);
      return measured;
    },
    close: async () => undefined,
  };
}
