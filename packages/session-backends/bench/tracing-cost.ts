// Prints what the spans cost while no OpenTelemetry SDK is registered, beside the same without them. Nanoseconds of an
// operation; the median of several turns. With --json as one JSON object.
import type { SqlExecutor } from '../src/sql-executor.ts';
import { tracedCache } from '../src/tracing/traced-cache.ts';
import { tracedExecutor } from '../src/tracing/traced-executor.ts';
import { traced } from '../src/tracing/traced.ts';
import type { SessionCache } from '../src/cache/session-cache.ts';

type Call = () => Promise<unknown>;

const ROUNDS = 200_000;
const TURNS = 9;

const executor: SqlExecutor = { query: async () => [] };
const cache: SessionCache = { get: async () => [], fill: async () => undefined, change: async () => undefined };
const shown = tracedExecutor(executor, 'old');
const watched = tracedCache(cache);
const work = async (): Promise<undefined> => undefined;

const SUBJECTS: readonly { readonly name: string; readonly bare: Call; readonly withSpans: Call }[] = [
  {
    name: 'an operation on a session',
    bare: work,
    withSpans: () => traced('session.load', {}, work),
  },
  {
    name: 'a statement',
    bare: () => executor.query('', [], { name: 'sy_load' }),
    withSpans: () => shown.query('', [], { name: 'sy_load' }),
  },
  { name: 'an exchange with the cache', bare: () => cache.get([]), withSpans: () => watched.get([]) },
];

async function nanosecondsOf(call: Call): Promise<number> {
  const startedAt = process.hrtime.bigint();
  for (let round = 0; round < ROUNDS; round++) await call();
  return Number(process.hrtime.bigint() - startedAt) / ROUNDS;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const rows: { name: string; bareNs: number; withSpansNs: number }[] = [];
for (const { name, bare, withSpans } of SUBJECTS) {
  const turns: { bare: number; withSpans: number }[] = [];
  for (let turn = 0; turn < TURNS; turn++)
    turns.push({ bare: await nanosecondsOf(bare), withSpans: await nanosecondsOf(withSpans) });
  const of = (which: 'bare' | 'withSpans'): number => Math.round(median(turns.map((turn) => turn[which])));
  rows.push({ name, bareNs: of('bare'), withSpansNs: of('withSpans') });
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
if (process.argv.includes('--json')) print(JSON.stringify({ unit: 'ns', rows }));
else {
  print(`${''.padEnd(30)} without  with spans  more (ns)`);
  for (const { name, bareNs, withSpansNs } of rows)
    print(
      `${name.padEnd(30)} ${String(bareNs).padStart(7)} ${String(withSpansNs).padStart(11)} ${String(withSpansNs - bareNs).padStart(10)}`,
    );
}
