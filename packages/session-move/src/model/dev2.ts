import { explore } from './explorer.ts';
import { fencedModel } from './fenced-model.ts';
import { allBut, MECHANISMS } from './mechanisms.ts';
import type { Mechanism } from './mechanisms.ts';
import { PLAIN } from './scenario.ts';
import type { Scenario } from './scenario.ts';

const S: Record<string, Partial<Scenario>> = {
  one: { hops: 1, kinds: { load: 1, save: 1, destroy: 1 } },
  two: { hops: 2, kinds: { load: 1, save: 1, destroy: 1 } },
  threePurge: { hops: 3, purge: true, clock: 'hours', kinds: { load: 1, save: 1, destroy: 1 } },
  expiry: { hops: 2, purge: true, clock: 'expiry', startsWith: 'short', kinds: { load: 1, save: 1, touch: 1 } },
  expiry3: { hops: 3, purge: true, clock: 'expiry', startsWith: 'short', kinds: { load: 1, save: 1, touch: 1 } },
  cas: { hops: 1, kinds: { load: 2, update: 2 }, requests: 4 },
  touch: { hops: 1, kinds: { load: 1, save: 1, touch: 1 }, requests: 3 },
  create: { hops: 2, purge: true, clock: 'hours', kinds: { create: 1, destroy: 1, save: 1 }, requests: 2 },
  rename: { hops: 1, keys: 2, kinds: { rename: 1, destroy: 1 }, requests: 2 },
  moves: { hops: 1, moves: 2, moveStands: 'not-begun', purge: true, kinds: { save: 1, destroy: 1 }, requests: 2 },
  movesBack: { hops: 2, moves: 2, moveStands: 'not-begun', purge: true, kinds: { save: 1, destroy: 1 }, requests: 1 },
  controllers: {
    hops: 1,
    moves: 2,
    moveStands: 'not-begun',
    disarm: true,
    controllers: 2,
    kinds: { save: 1, destroy: 1 },
    requests: 1,
    processes: 1,
  },
  lost: { hops: 1, lostAnswers: 1, kinds: { load: 1, save: 2, update: 1 }, requests: 3 },
  same: { hops: 0, lostAnswers: 1, kinds: { load: 2, update: 2 }, requests: 4, sameBytes: true },
  lostUpdate: { hops: 0, lostAnswers: 1, kinds: { load: 3, update: 2, destroy: 1 }, requests: 4 },
  covered: { hops: 1, clock: 'hours', kinds: { load: 1 }, requests: 0 },
  expiryLive: { hops: 1, clock: 'expiry', kinds: { load: 1, save: 1 }, requests: 2 },
  fresh: { hops: 1, restarts: 1, startsWith: 'absent', kinds: { createFresh: 1 }, requests: 1 },
  restart: { hops: 1, restarts: 1, kinds: { load: 1, save: 1 }, requests: 2 },
};
const names = process.argv[3] ? process.argv[3].split(',') : Object.keys(S);
const mechs = process.argv[2] ? process.argv[2].split(',') : Object.keys(MECHANISMS);
for (const mech of mechs) {
  const line: string[] = [];
  for (const name of names) {
    const r = explore(fencedModel({ ...PLAIN, ...S[name] }, allBut(...(mech.split('+') as Mechanism[]))), 800000);
    if (r.counterexample) line.push(`${name}:${r.counterexample.steps.length}/${r.states}`);
    else if (!r.complete) line.push(`${name}:?`);
  }
  console.log(mech, line.join('  '));
}
