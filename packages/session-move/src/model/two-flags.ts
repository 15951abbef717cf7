/**
 * The method that the fenced move replaces, as a model of its own: two plain stores and two flags, without fences,
 * versions or tombstones. Each request reads the flags once and keeps them until it is done.
 */
import type { Model } from './explorer.ts';
import { ABSENT, advance, NEVER, possibleLoads, startHistory } from './history.ts';
import type { Call, Entry, History, HistoryEvent, Result } from './history.ts';
import { createInterner } from './intern.ts';
import { valueText } from './world.ts';

/** As [migration_flag, new_db_router_flag]. */
export type Flags = readonly [migration: boolean, router: boolean];

type StoreName = 'old' | 'new';
type FlagRequestKind = 'load' | 'set' | 'destroy';

/** `insert` and `overwrite` copy the session from old to new in two steps; `move` deletes it at old in a third. */
export type Job = 'insert' | 'overwrite' | 'move';

export interface TwoFlagsScenario {
  /** Is the session there at the start? */
  readonly old: boolean;
  readonly new: boolean;
  /** What the flags are in turn. */
  readonly flags: readonly Flags[];
  /**
   * How a change of flags spreads. `slowly`: each process sees it at its own time. `acknowledged`: so too, but the job
   * waits until every process has seen the last one. `at-once`: every process sees it at the same moment. `drained`: and
   * that moment waits until no request is under way.
   */
  readonly spread: 'slowly' | 'at-once' | 'acknowledged' | 'drained';
  readonly processes: number;
  readonly requests: Partial<Record<FlagRequestKind, number>>;
  /** One access to the new store fails while only migration_flag is on, and nobody is told. */
  readonly newFailsOnce: boolean;
  readonly job: Job | null;
}

interface Pinned {
  readonly id: number;
  readonly kind: FlagRequestKind;
  readonly flags: Flags;
  /** The stores still to be asked or written, in this order. */
  readonly todo: readonly StoreName[];
}

interface FlagProcess {
  /** Which of the scenario's flags it has seen last. */
  readonly seen: number;
  readonly request: Pinned | null;
}

interface State {
  readonly stores: Readonly<Record<StoreName, number | null>>;
  readonly at: number;
  readonly processes: readonly FlagProcess[];
  readonly left: Partial<Record<FlagRequestKind, number>>;
  readonly begun: number;
  readonly mayFail: boolean;
  /** How far the job is, and what it has read. */
  readonly job: { readonly step: number; readonly value: number | null };
  readonly history: History | null;
}

/** Which stores a request uses, and in which order. A load stops at the first that has the session. */
const route = ([migration, router]: Flags, kind: FlagRequestKind): readonly StoreName[] => {
  if (!migration) return router ? ['new'] : ['old'];
  return router || kind === 'load' ? ['new', 'old'] : ['old', 'new'];
};

export function twoFlagsModel(scenario: TwoFlagsScenario): Model {
  const states = createInterner<State>();
  const vectorOf = (state: State): Int32Array => Int32Array.of(states.idOf(state));
  const stateOf = (vector: Int32Array): State => states.valueOf(vector[0] as number);
  return {
    width: 1,
    initial: vectorOf(startState(scenario)),
    successors(vector, emit) {
      const state = stateOf(vector);
      if (state.history === null) return;
      const pass: EmitState = (next, who, tag, text) => emit(vectorOf(next), who, { tag, text });
      flagSteps(scenario, state, pass);
      jobSteps(scenario, state, pass);
      state.processes.forEach((_, at) => processSteps(scenario, state, at, pass));
    },
    canonicalize: () => undefined,
    violation: (vector) => verdict(scenario, stateOf(vector)),
    explain: (vector) => verdict(scenario, stateOf(vector)) ?? '',
  };
}

type EmitState = (next: State, who: string, tag: string, text: string) => void;

function startState({ old, new: fresh, processes, requests, newFailsOnce }: TwoFlagsScenario): State {
  const live: Entry = { ...ABSENT, status: 'live', expires: NEVER };
  return {
    stores: { old: old ? 0 : null, new: fresh ? 0 : null },
    at: 0,
    processes: Array.from({ length: processes }, () => ({ seen: 0, request: null })),
    left: requests,
    begun: 0,
    mayFail: newFailsOnce,
    job: { step: 0, value: null },
    history: startHistory([old || fresh ? live : ABSENT]),
  };
}

const flagText = ([migration, router]: Flags): string =>
  `migration_flag ${migration ? 'on' : 'off'}, new_db_router_flag ${router ? 'on' : 'off'}`;

function flagSteps({ flags, spread }: TwoFlagsScenario, state: State, emit: EmitState): void {
  const next = flags[state.at + 1];
  if (!next || (spread === 'drained' && state.processes.some(({ request }) => request !== null))) return;
  const at = state.at + 1;
  const together = spread === 'at-once' || spread === 'drained';
  const processes = together ? state.processes.map((process) => ({ ...process, seen: at })) : state.processes;
  const everybody = together ? ', and every process sees it at once' : '';
  emit({ ...state, at, processes }, 'operator', 'flip', `sets ${flagText(next)}${everybody}`);
}

function jobSteps({ job, flags, spread }: TwoFlagsScenario, state: State, emit: EmitState): void {
  const last = flags.length - 1;
  const unaware = spread === 'acknowledged' && state.processes.some(({ seen }) => seen < last);
  if (job === null || state.at < last || unaware) return;
  const { step, value } = state.job;
  const who = job === 'move' ? 'mover' : 'backfill';
  const after = (change: Partial<State>): State => ({ ...state, job: { step: step + 1, value }, ...change });
  if (step === 0) {
    const read = state.stores.old;
    emit(after({ job: { step: 1, value: read } }), who, 'job-read', `reads ${shown(read)} at OLD`);
  } else if (step === 1 && value !== null) {
    const inserts = job !== 'overwrite';
    const kept = inserts && state.stores.new !== null;
    const stores = kept ? state.stores : { ...state.stores, new: value };
    const text = inserts
      ? `inserts ${shown(value)} at NEW${kept ? ', where there is a row already' : ''}`
      : `writes ${shown(value)} over what is at NEW`;
    emit(after({ stores }), who, 'job-write', text);
  } else if (step === 2 && job === 'move') {
    emit(after({ stores: { ...state.stores, old: null } }), who, 'job-delete', 'deletes the session at OLD');
  }
}

function processSteps(scenario: TwoFlagsScenario, state: State, at: number, emit: EmitState): void {
  const process = state.processes[at] as FlagProcess;
  const who = `shop-${at + 1}`;
  const after = (change: Partial<FlagProcess>, rest: Partial<State> = {}): State => ({
    ...state,
    processes: state.processes.with(at, { ...process, ...change }),
    ...rest,
  });
  if (process.seen < state.at) {
    const flags = scenario.flags[state.at] as Flags;
    emit(after({ seen: state.at }), who, 'see', `sees ${flagText(flags)}`);
  }
  if (process.request) access(state, process.request, who, after, emit);
  else begin(scenario, state, process, who, after, emit);
}

type After = (change: Partial<FlagProcess>, rest?: Partial<State>) => State;

function begin(
  scenario: TwoFlagsScenario,
  state: State,
  process: FlagProcess,
  who: string,
  after: After,
  emit: EmitState,
): void {
  const flags = scenario.flags[process.seen] as Flags;
  const id = state.begun + 1;
  for (const kind of Object.keys(state.left) as FlagRequestKind[]) {
    const left = state.left[kind] ?? 0;
    if (left === 0) continue;
    const call: Call = kind === 'set' ? { kind, key: 0, value: id } : { kind, key: 0 };
    const request: Pinned = { id, kind, flags, todo: route(flags, kind) };
    const history = happen(state.history, { kind: 'invoke', request: id, call });
    const rest = { begun: id, left: { ...state.left, [kind]: left - 1 }, history };
    emit(after({ request }, rest), who, 'begin', `begins request ${id}, a ${kind}, with ${flagText(flags)}`);
  }
}

function access(state: State, request: Pinned, who: string, after: After, emit: EmitState): void {
  const { id, kind, flags, todo } = request;
  const [store, ...later] = todo as [StoreName, ...StoreName[]];
  const where = store.toUpperCase();
  const finish = (result: Result, text: string, rest: Partial<State> = {}): void => {
    const history = happen(state.history, { kind: 'answer', request: id, result });
    emit(
      after({ request: null }, { ...rest, history }),
      who,
      `${kind}-done`,
      `${text}; the answer is ${spoken(result)}`,
    );
  };
  if (kind === 'load') {
    const found = state.stores[store];
    if (found !== null || later.length === 0) finish(found ?? 'absent', `reads ${shown(found)} at ${where}`);
    else emit(after({ request: { ...request, todo: later } }), who, 'miss', `reads nothing at ${where}`);
    return;
  }
  const go = (stores: State['stores'], text: string, rest: Partial<State> = {}): void => {
    if (later.length === 0) finish('ok', text, { ...rest, stores });
    else emit(after({ request: { ...request, todo: later } }, { ...rest, stores }), who, kind, text);
  };
  const verb = kind === 'set' ? `saves ${valueText(id)}` : 'deletes the session';
  go({ ...state.stores, [store]: kind === 'set' ? id : null }, `${verb} at ${where}`);
  const [migration, router] = flags;
  if (store === 'new' && migration && !router && state.mayFail)
    go(state.stores, `${verb} at ${where}: that fails, and the failure is swallowed`, { mayFail: false });
}

const happen = (history: History | null, event: HistoryEvent): History | null =>
  history && (advance(history, event) ?? null);

/** Every process may be asked for the session at any moment, with the flags that it has seen. */
function verdict(scenario: TwoFlagsScenario, state: State): string | undefined {
  if (state.history === null) return 'No order of the requests explains that answer.';
  const right = possibleLoads(state.history, 0);
  for (const [at, { seen }] of state.processes.entries()) {
    const flags = scenario.flags[seen] as Flags;
    const found = route(flags, 'load')
      .map((store) => state.stores[store])
      .find((value) => value !== null);
    const result: Result = found ?? 'absent';
    if (!right.has(result))
      return `Whoever asks shop-${at + 1} for the session now (${flagText(flags)}) gets ${spoken(result)}. Right would be ${[...right].map(spoken).join(' or ')} only.`;
  }
  return undefined;
}

const shown = (value: number | null): string => (value === null ? 'nothing' : valueText(value));
const spoken = (result: Result): string =>
  typeof result === 'number' ? valueText(result) : result === 'absent' ? 'no session' : `"${result}"`;
