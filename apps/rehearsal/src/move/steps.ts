import type { SiteName } from '@switchyard/session-backends/fence';
import type { MoveVerb } from '@switchyard/session-move';
import type { FenceStep } from './messages.ts';

/** One step of a move, as faults and reports see it. */
export interface Step {
  readonly name: string;
  /** The databases that sessions need while it is done. */
  readonly during: readonly SiteName[];
  /** And when it is done. */
  readonly after: readonly SiteName[];
  /** The fence changes that a controller makes in it. */
  readonly fences: readonly FenceStep[];
  /** What somebody else might want at the same time, so that both cannot be had. */
  readonly opposite?: Verb;
}

export interface Verb {
  readonly verb: MoveVerb;
  /** Of switch and rollback: the share that the new database is to serve. */
  readonly percent: number;
}

/** A step that one verb of the operator's does. */
export interface VerbStep extends Step, Verb {}

const OLD = ['old'] as const;
const NEW = ['new'] as const;
const BOTH = ['old', 'new'] as const;
const SWITCH = ['arm', 'commit', 'activate', 'parity', 'settle'] as const;

const forward = (percent: number, name = `switch to ${percent} %`): VerbStep => ({
  name,
  verb: 'switch',
  percent,
  during: BOTH,
  after: percent === 100 ? NEW : BOTH,
  fences: SWITCH,
  opposite: { verb: 'rollback', percent: 0 },
});

const looking = (verb: 'backfill' | 'verify', needed: readonly SiteName[], name: string = verb): VerbStep => ({
  name,
  verb,
  percent: 100,
  during: needed,
  after: needed,
  fences: [],
});

/** The fenced move, from its start to its end. */
export const FENCED_STEPS: readonly VerbStep[] = [
  {
    name: 'start',
    verb: 'start',
    percent: 100,
    during: OLD,
    after: OLD,
    fences: ['prepare', 'capture'],
    opposite: { verb: 'cancel', percent: 100 },
  },
  looking('backfill', OLD),
  looking('verify', OLD),
  forward(1),
  forward(50),
  forward(100),
  {
    name: 'rollback',
    verb: 'rollback',
    percent: 0,
    during: BOTH,
    after: OLD,
    fences: SWITCH,
    opposite: { verb: 'switch', percent: 100 },
  },
  forward(100, 'switch to 100 % again'),
  looking('verify', NEW, 'verify again'),
  {
    name: 'complete',
    verb: 'complete',
    percent: 100,
    during: NEW,
    after: NEW,
    fences: ['stop-capture', 'wipe'],
    opposite: { verb: 'rollback', percent: 0 },
  },
];

/** The move by two flags. */
export const FLAG_STEPS: readonly Step[] = (
  [
    ['migration_flag on', BOTH],
    ['session age waited out', BOTH],
    ['rows compared', BOTH],
    ['new_db_router_flag on', BOTH],
    ['migration_flag off', BOTH],
    ['old table emptied', NEW],
  ] as const
).map(([name, needed]) => ({ name, during: needed, after: needed, fences: [] }));
