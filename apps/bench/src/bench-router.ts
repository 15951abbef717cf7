import { describeMachine } from './machine.ts';
import type { Options } from './options.ts';
import { figure } from './report/figures.ts';
import { machineLines } from './report/machine-lines.ts';
import type { Section } from './report/section.ts';
import { left, right, type Table } from './report/table.ts';
import { verdictTable, type Verdict } from './report/verdict.ts';
import { ofChain } from './router/of-chain.ts';
import { ofRouting, type Overhead } from './router/of-routing.ts';
import { overPostgres, type RealOperation } from './router/over-postgres.ts';
import type { Stage } from './stage/open-stage.ts';

/** Of processor time, for an operation that is routed; over clients that cost nothing, where it can be told apart. */
const MOST_ADDED_MICROS = 2;

const ROUNDS = { postgres: 1_000, routing: 30_000, chain: 1_000_000 } as const;

/** What routing costs beside the generated client alone, and what its neighbour does. */
export async function benchRouter(_: Options, stage: Stage, say: (line: string) => void): Promise<Section> {
  const machine = await describeMachine();
  const real = await overPostgres(stage, ROUNDS.postgres, say);
  say('routing alone');
  const routing = await ofRouting(ROUNDS.routing);
  const chain = ofChain(ROUNDS.chain);
  const wanted = verdicts(real, routing);
  const servers = stage.descriptions();
  return {
    name: 'router',
    json: { machine: { ...machine, servers }, unit: 'µs', real, routing, chain, wanted },
    tables: [
      realTable(real),
      overheadTable('Routing alone, over clients that cost nothing', routing),
      overheadTable('The chain alone', chain),
      verdictTable('What is wanted of the router, and what was seen', wanted),
    ],
    lines: machineLines(machine, servers),
  };
}

function verdicts(real: readonly RealOperation[], routing: readonly Overhead[]): Verdict[] {
  const trips = (operation: RealOperation['operation'], client: string): number =>
    real.find((each) => each.operation === operation && each.client === client)?.roundTrips ?? NaN;
  const cpu = (call: string): Verdict => ({
    what: `processor time added to ${call}`,
    unit: 'µs',
    limit: { atMost: MOST_ADDED_MICROS },
    seen: routing.find((overhead) => overhead.call === call)?.processor,
  });
  const roundTrips = (operation: RealOperation['operation']): Verdict => ({
    what: `round trips added to ${operation}`,
    unit: 'trips',
    limit: { atMost: 0 },
    seen: trips(operation, 'routed') - trips(operation, 'Prisma alone'),
  });
  return [
    ...['a read', 'a write', 'a read, in a request', 'a write, in a request'].map(cpu),
    roundTrips('findUnique'),
    roundTrips('create'),
  ];
}

const realTable = (real: readonly RealOperation[]): Table => ({
  title: 'On PostgreSQL, one after the other, of a session of 876 bytes',
  columns: [
    left('operation'),
    left('client'),
    right('client CPU µs'),
    right('added'),
    right('wall µs'),
    right('round trips'),
  ],
  rows: real.map(({ operation, client, cost, added, roundTrips }) => [
    operation,
    client,
    figure(cost.processor),
    client === 'Prisma alone' ? '' : figure(added),
    figure(cost.wall),
    String(roundTrips),
  ]),
});

const overheadTable = (title: string, overheads: readonly Overhead[]): Table => ({
  title,
  columns: [left('call'), right('added CPU µs')],
  rows: overheads.map(({ call, processor }) => [call, figure(processor)]),
});
