import { describeFault } from '../../src/faults/describe-fault.ts';
import { drawFaults, type DrawOptions } from '../../src/faults/draw-faults.ts';
import { FAULT_KINDS, type Fault } from '../../src/faults/fault.ts';
import { FENCED_STEPS, FLAG_STEPS, type Step } from '../../src/move/steps.ts';
import { createRandom } from '../../src/random.ts';

const draw = (seed: number, options: Partial<DrawOptions> = {}): Fault[] =>
  drawFaults({ steps: FENCED_STEPS, shops: 3, hasCrew: true, hasRedis: true, random: createRandom(seed), ...options });

const SEEDS = Array.from({ length: 400 }, (_, seed) => seed);
const all = (options: Partial<DrawOptions> = {}): Fault[] => SEEDS.flatMap((seed) => draw(seed, options));
const stepOf = ({ step }: Fault): Step => FENCED_STEPS[step] as Step;

describe('the faults of a rehearsal', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(draw(7)).toEqual(draw(7));
    expect(new Set(SEEDS.map((seed) => JSON.stringify(draw(seed)))).size).toBe(SEEDS.length);
  });

  it('are several, in the order of their steps, of kinds that differ as long as they fit', () => {
    for (const seed of SEEDS) {
      const faults = draw(seed);
      expect(faults.length).toBeGreaterThanOrEqual(4);
      expect(faults.map(({ step }) => step)).toEqual(faults.map(({ step }) => step).toSorted((a, b) => a - b));
      expect(new Set(faults.map(({ kind }) => kind)).size).toBe(faults.length);
    }
  });

  it('are of every kind, in every step, at every kind of moment', () => {
    const faults = all();
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(FAULT_KINDS));
    expect(new Set(faults.map(({ step }) => step)).size).toBe(FENCED_STEPS.length);
    const moments = new Set(
      faults.map(({ moment }) => {
        if (moment.at === 'fence') return `${moment.when} ${moment.step}`;
        return moment.at === 'drain' ? `${moment.when} a batch` : moment.at;
      }),
    );
    const fences = [...new Set(FENCED_STEPS.flatMap((step) => step.fences))];
    expect(moments).toEqual(
      new Set([
        ...fences.flatMap((step) => [`inside ${step}`, `after ${step}`]),
        ...['before a batch', 'after a batch', 'begin', 'end', 'backfill'],
      ]),
    );
  });

  it('come to a fence change only in a step that has it, and to the backfill only in that', () => {
    for (const fault of all()) {
      const { moment } = fault;
      if (moment.at === 'fence') expect(stepOf(fault).fences).toContain(moment.step);
      if (moment.at === 'backfill') expect(stepOf(fault).name).toBe('backfill');
    }
  });

  it('take a database away where nobody needs it', () => {
    for (const fault of all()) {
      if (fault.kind !== 'old-away' && fault.kind !== 'new-away') continue;
      const away = fault.kind === 'old-away' ? 'old' : 'new';
      expect(stepOf(fault).after).not.toContain(away);
      if (stepOf(fault).during.includes(away)) expect(fault.moment.at).toBe('end');
    }
  });

  it('are about a process and a server that it uses', () => {
    for (const { kind, process, server } of all()) {
      if (kind === 'partition' || kind === 'slow-replies')
        expect(process).toMatch(server === 'redis' ? /^shop [123]$/ : /^(shop [123]|worker|controller [12])$/);
      else if (kind.startsWith('shop-')) expect(process).toMatch(/^shop [123]$/);
      else expect(process).toBe('');
    }
  });

  it('leave out what there is not', () => {
    const kinds = new Set(all({ hasCrew: false, hasRedis: false, steps: FLAG_STEPS }).map(({ kind }) => kind));
    expect([...kinds].filter((kind) => /worker|controller|redis/.test(kind))).toEqual([]);
    for (const { process, server } of all({ hasCrew: false, hasRedis: false, steps: FLAG_STEPS })) {
      expect(process).toMatch(/^(shop [123])?$/);
      expect(server).not.toBe('redis');
    }
  });

  it('are only of the kinds that are asked for', () => {
    for (const seed of SEEDS.slice(0, 20)) {
      const faults = draw(seed, { kinds: ['new-kill'] });
      expect(faults.length).toBeGreaterThanOrEqual(4);
      expect(faults.every(({ kind }) => kind === 'new-kill')).toBe(true);
    }
    expect(draw(1, { kinds: [] })).toEqual([]);
  });

  it('do not kill in one step what is killed in it already', () => {
    for (const seed of SEEDS) {
      const faults = draw(seed, { kinds: ['new-kill', 'redis-kill', 'redis-old-data'] });
      const killed = faults.map(({ kind, step }) => `${kind.split('-')[0]} in ${step}`);
      expect(new Set(killed).size).toBe(killed.length);
    }
  });

  it('are described in words, each in its own', () => {
    const words = all().map((fault) => describeFault(fault, stepOf(fault)));
    expect(words.every((text) => !text.includes('undefined'))).toBe(true);
    const some = draw(1).map((fault) => describeFault(fault, stepOf(fault)));
    expect(new Set(some).size).toBe(some.length);
  });
});
