import type { Step } from '../move/steps.ts';
import type { Random } from '../random.ts';
import type { ServerName } from '../stage/network.ts';
import { FAULT_KINDS, shopName, type Fault, type FaultKind, type Moment } from './fault.ts';

export interface DrawOptions {
  readonly steps: readonly Step[];
  /** Of which kinds; default is all that there can be. */
  readonly kinds?: readonly FaultKind[];
  readonly shops: number;
  /** Whether a worker and controllers carry the move out. */
  readonly hasCrew: boolean;
  readonly hasRedis: boolean;
  readonly random: Random;
}

/** In how many of the steps something goes wrong. */
const STRUCK_PART = 0.4;
/** And then something else, too. */
const SECOND_CHANCE = 0.15;

const CREW: readonly string[] = ['worker', 'controller 1', 'controller 2'];
const CREW_FAULTS: readonly FaultKind[] = [
  'worker-kill',
  'worker-stop',
  'controller-kill',
  'controller-stop',
  'two-controllers',
];
const REDIS_FAULTS: readonly FaultKind[] = ['redis-kill', 'redis-old-data'];

/** How long each lasts, in milliseconds; a process of the shop takes a second or two more to start again. */
const LASTS: Readonly<Record<FaultKind, readonly [least: number, most: number]>> = {
  'shop-kill': [50, 400],
  'shop-stop': [200, 700],
  'worker-kill': [50, 500],
  'worker-stop': [200, 1_200],
  'controller-kill': [0, 0],
  'controller-stop': [300, 1_200],
  'two-controllers': [0, 0],
  'old-kill': [50, 400],
  'new-kill': [50, 400],
  'old-away': [200, 700],
  'new-away': [200, 700],
  'redis-kill': [50, 500],
  'redis-old-data': [50, 500],
  partition: [200, 700],
  'slow-replies': [300, 700],
  'long-transaction': [300, 2_400],
};

/** What goes wrong in a move, and when: the same for the same seed. */
export function drawFaults(options: DrawOptions): Fault[] {
  const { steps, kinds = FAULT_KINDS, hasCrew, hasRedis, random } = options;
  const possible = kinds.filter(
    (kind) => (hasCrew || !CREW_FAULTS.includes(kind)) && (hasRedis || !REDIS_FAULTS.includes(kind)),
  );
  const struck = shuffled(steps.keys(), random).slice(0, Math.ceil(steps.length * STRUCK_PART));
  let bag: FaultKind[] = [];
  const drawFor = (index: number, beside?: FaultKind): FaultKind | undefined => {
    const may = (kind: FaultKind): boolean => fits(kind, steps[index] as Step) && mayBeBeside(kind, beside);
    // Every kind once before any comes twice, as far as they fit.
    if (!bag.some(may)) bag = [...bag, ...shuffled(possible, random)];
    const kind = bag.find(may);
    if (kind !== undefined) bag.splice(bag.indexOf(kind), 1);
    return kind;
  };
  return struck
    .flatMap((index) => {
      const first = drawFor(index);
      const second = random.chance(SECOND_CHANCE) ? drawFor(index, first) : undefined;
      const drawn = [first, second].filter((kind) => kind !== undefined);
      return drawn.map((kind) => drawFault(kind, index, steps[index] as Step, options));
    })
    .toSorted((one, other) => one.step - other.step);
}

/** What is killed already cannot be killed, nor started twice. */
const mayBeBeside = (kind: FaultKind, other: FaultKind | undefined): boolean =>
  kind !== other && !(REDIS_FAULTS.includes(kind) && other !== undefined && REDIS_FAULTS.includes(other));

/** Whether there is something to see in that step. */
function fits(kind: FaultKind, step: Step): boolean {
  switch (kind) {
    case 'controller-stop':
      return step.fences.length > 0;
    case 'two-controllers':
      return step.opposite !== undefined;
    case 'old-away':
      return !step.after.includes('old');
    case 'new-away':
      return !step.after.includes('new');
    default:
      return true;
  }
}

function drawFault(
  kind: FaultKind,
  index: number,
  step: Step,
  { shops, hasCrew, hasRedis, random }: DrawOptions,
): Fault {
  const shop = shopName(random.index(shops));
  const helper = random.pick(CREW);
  const process = kind.startsWith('shop-') || !hasCrew || random.chance(0.6) ? shop : helper;
  const servers: readonly ServerName[] = process === shop && hasRedis ? ['old', 'new', 'redis'] : ['old', 'new'];
  const server = kind === 'long-transaction' ? random.pick(['old', 'new'] as const) : random.pick(servers);
  const [least, most] = LASTS[kind];
  return {
    kind,
    step: index,
    moment: drawMoment(kind, step, random),
    lastsMs: Math.round(random.between(least, most)),
    process: isAboutOne(kind) ? process : '',
    server,
    how: random.pick(['cut', 'hold'] as const),
    delayMs: Math.round(random.between(20, 200)),
  };
}

const isAboutOne = (kind: FaultKind): boolean =>
  kind.startsWith('shop-') || kind === 'partition' || kind === 'slow-replies';

const BEFORE: Moment = { at: 'begin', afterMs: 0 };
const END: Moment = { at: 'end' };
const SOON_MS = 250;
const BUCKETS = 256;

function drawMoment(kind: FaultKind, step: Step, random: Random): Moment {
  const soon: Moment = { at: 'begin', afterMs: Math.round(random.between(0, SOON_MS)) };
  const fences = step.fences.map((name): Moment => ({ at: 'fence', when: 'after', step: name }));
  const inside = step.fences.map((name): Moment => ({ at: 'fence', when: 'inside', step: name }));
  const drains: readonly Moment[] = [
    { at: 'drain', when: 'before' },
    { at: 'drain', when: 'after' },
  ];
  const backfills: readonly Moment[] =
    step.name === 'backfill' ? [{ at: 'backfill', covered: random.index(BUCKETS) }] : [];
  switch (kind) {
    // Across the step.
    case 'shop-stop':
    case 'long-transaction':
      return BEFORE;
    case 'two-controllers':
      return soon;
    case 'controller-stop':
      return random.pick([...inside, ...fences]);
    case 'controller-kill':
      return random.pick([soon, ...inside, ...fences, ...backfills]);
    case 'worker-kill':
    case 'worker-stop':
      return random.pick([soon, ...drains, ...backfills]);
    case 'old-away':
      return step.during.includes('old') ? END : random.pick([BEFORE, soon, END]);
    case 'new-away':
      return step.during.includes('new') ? END : random.pick([BEFORE, soon, END]);
    case 'old-kill':
    case 'new-kill':
      return random.pick([BEFORE, soon, ...fences, ...backfills, ...(step.fences.length > 0 ? drains : []), END]);
    default:
      return random.pick([BEFORE, soon, ...fences, ...backfills, END]);
  }
}

function shuffled<T>(items: Iterable<T>, random: Random): T[] {
  const left = [...items];
  return left.map(() => left.splice(random.index(left.length), 1)[0] as T);
}
