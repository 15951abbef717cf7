import { setTimeout as sleep } from 'node:timers/promises';
import { shopProcess } from './contenders/shop-process.ts';
import { describeMachine } from './machine.ts';
import { watchShop, type MemorySample } from './memory/watch-shop.ts';
import type { Options } from './options.ts';
import { figure } from './report/figures.ts';
import { machineLines } from './report/machine-lines.ts';
import type { Section } from './report/section.ts';
import { left, right, type Table } from './report/table.ts';
import { verdictTable, type Verdict } from './report/verdict.ts';
import { CROWD } from './report/wanted.ts';
import type { Stage } from './stage/open-stage.ts';
import { median, slope } from './statistics.ts';

const SESSIONS = 2_000;
const CONNECTIONS = 10;
/** The heap of a process that has just begun grows to what its work needs; what counts is what comes after. */
const SETTLED = 1 / 3;
/** Megabytes a minute: a gigabyte in eight hours would be two. */
const MOST_CREEP = 2;

interface Phase {
  readonly name: string;
  readonly samples: readonly MemorySample[];
}

/** Memory of a small shop on our middleware, idle and then under load. */
export async function benchMemory(options: Options, stage: Stage, say: (line: string) => void): Promise<Section> {
  const machine = await describeMachine();
  const loadSeconds = options.numbers['load-seconds'];
  const idleSeconds = Math.ceil(loadSeconds / 3);
  const postgresUrl = await (await stage.postgres('main')).create('migrated');
  const place = { postgresUrl, redisPrefix: '', connections: CONNECTIONS };
  const shop = await shopProcess({ shop: 'switchyard', place }, SESSIONS);
  try {
    say(`a shop with ${SESSIONS} sessions, idle for ${idleSeconds} s`);
    const idle = await watchShop(shop, sleep(idleSeconds * 1_000));
    say(`under load for ${loadSeconds} s`);
    const requests = shop.measure({ operation: 'save', callers: CROWD, seconds: loadSeconds });
    const load = await watchShop(shop, requests);
    const { opsPerSecond } = await requests;
    const phases: Phase[] = [
      { name: 'idle', samples: idle },
      { name: `${CROWD} visitors`, samples: load },
    ];
    const wanted = phases.map(verdict);
    const servers = stage.descriptions();
    return {
      name: 'memory',
      json: { machine: { ...machine, servers }, requestsPerSecond: opsPerSecond, phases, wanted },
      tables: [memoryTable(phases), verdictTable('Memory does not creep', wanted)],
      lines: [
        ...machineLines(machine, servers),
        `A small shop in express, ${SESSIONS} sessions; idle for ${idleSeconds} s, then ${figure(opsPerSecond)} requests/s for ${loadSeconds} s.`,
      ],
    };
  } finally {
    await shop.close();
  }
}

/** Megabytes a minute, by what the process has of the system. */
function creep({ samples }: Phase): number {
  const settled = samples.slice(Math.floor(samples.length * SETTLED));
  return slope(settled.map(({ seconds, rssMb }) => [seconds / 60, rssMb]));
}

const verdict = (phase: Phase): Verdict => ({
  what: `growth of resident memory, ${phase.name}`,
  unit: 'MB/min',
  limit: { atMost: MOST_CREEP },
  seen: creep(phase),
});

const memoryTable = (phases: readonly Phase[]): Table => ({
  title: 'Memory of a shop process, MB',
  columns: [
    left('shop'),
    right('at first'),
    right('median'),
    right('at most'),
    right('in the end'),
    right('heap, median'),
    right('growth, MB/min'),
  ],
  rows: phases.map((phase) => {
    const rss = phase.samples.map(({ rssMb }) => rssMb);
    return [
      phase.name,
      figure(rss[0]),
      figure(median(rss)),
      figure(Math.max(...rss)),
      figure(rss.at(-1)),
      figure(median(phase.samples.map(({ heapMb }) => heapMb))),
      figure(creep(phase)),
    ];
  }),
});
