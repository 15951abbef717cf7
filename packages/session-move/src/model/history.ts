/**
 * Linearizability, decided exactly and while the run goes on: an answer is wrong if there is no order of the requests,
 * true to real time, in which one session table would have given all the answers so far.
 *
 * A history is kept as the set of all tables that are still possible, each with the answers that it has given already
 * to requests still under way ("just-in-time linearization"). An answer that arrives strikes out the tables that gave
 * another one; when none is left, the history is not linearizable. A request whose answer never arrives stays under way
 * for ever: it may still take effect, or never.
 */

/** What one key holds in the one table that we measure against. */
export interface Entry {
  /** `dead`: destroyed, for good. `expired` never becomes live again either. */
  readonly status: 'absent' | 'live' | 'dead' | 'expired';
  readonly value: number;
  /** Which request wrote last, touches included: what a compare-and-set save compares. */
  readonly writtenBy: number;
  /** The clock at which it expires. */
  readonly expires: number;
  /** The dead or expired entry has been deleted for good: the key may be created anew. */
  readonly purged: boolean;
}

/** Clocks that are never reached. A tombstone of an ENDLESS session is old enough to be purged an hour after it was made. */
export const NEVER = 9;
export const ENDLESS = 8;

export type Call =
  | { readonly kind: 'load'; readonly key: number }
  /** `expected`: the request whose write was loaded, for a compare-and-set; null: over whatever is there. */
  | {
      readonly kind: 'save';
      readonly key: number;
      readonly value: number;
      readonly expires: number;
      readonly expected: number | null;
    }
  | { readonly kind: 'touch'; readonly key: number; readonly expires: number }
  | { readonly kind: 'create'; readonly key: number; readonly value: number; readonly expires: number }
  | { readonly kind: 'destroy'; readonly key: number }
  /** From `key` to `key + 1`. */
  | {
      readonly kind: 'rename';
      readonly key: number;
      readonly value: number;
      readonly expires: number;
      readonly expected: number | null;
    }
  /** What a plain store does: writes whatever is there, and brings back what was destroyed. */
  | { readonly kind: 'set'; readonly key: number; readonly value: number };

/** A number is the value that was loaded. */
export type Result = 'ok' | 'gone' | 'conflict' | 'taken' | 'absent' | number;

export interface Pending {
  readonly request: number;
  readonly call: Call;
}

/** One possible table, and the answers it has given to requests still under way. */
interface Candidate {
  readonly entries: readonly Entry[];
  readonly answers: readonly (readonly [request: number, result: Result])[];
}

export interface History {
  readonly clock: number;
  readonly pending: readonly Pending[];
  /** Closed: with a candidate come all those that it can turn into by giving answers. */
  readonly candidates: readonly Candidate[];
}

export type HistoryEvent =
  | { readonly kind: 'invoke'; readonly request: number; readonly call: Call }
  | { readonly kind: 'answer'; readonly request: number; readonly result: Result }
  | { readonly kind: 'clock'; readonly now: number }
  | { readonly kind: 'purge'; readonly key: number };

export const ABSENT: Entry = { status: 'absent', value: 0, writtenBy: 0, expires: 0, purged: false };

const DEAD: Entry = { ...ABSENT, status: 'dead' };

export const startHistory = (entries: readonly Entry[]): History => ({
  clock: 0,
  pending: [],
  candidates: [{ entries, answers: [] }],
});

/** The history after one more event, or undefined if no order of the requests explains it. */
export function advance(history: History, event: HistoryEvent): History | undefined {
  switch (event.kind) {
    case 'invoke':
      return close(
        history.clock,
        [...history.pending, { request: event.request, call: event.call }],
        history.candidates,
      );
    case 'answer':
      return answer(history, event.request, event.result);
    case 'clock':
      return close(
        event.now,
        history.pending,
        mapEntries(history.candidates, (entry) => expire(entry, event.now)),
      );
    case 'purge':
      return close(
        history.clock,
        history.pending,
        mapEntries(history.candidates, (entry, key) => purge(entry, key === event.key)),
      );
  }
}

/** What a load of `key` that starts and ends at this moment may return. */
export const possibleLoads = (history: History, key: number): ReadonlySet<Result> =>
  new Set(history.candidates.map(({ entries }) => load(entries[key] as Entry)));

/** What the request may be answered at this moment. */
export const possibleAnswers = (history: History, request: number): ReadonlySet<Result> =>
  new Set(history.candidates.flatMap(({ answers }) => answers.filter(([id]) => id === request).map(([, r]) => r)));

function answer(history: History, request: number, result: Result): History | undefined {
  const kept = history.candidates
    .filter(({ answers }) => answers.some(([id, given]) => id === request && given === result))
    .map(({ entries, answers }) => ({ entries, answers: answers.filter(([id]) => id !== request) }));
  if (kept.length === 0) return undefined;
  return close(
    history.clock,
    history.pending.filter((pending) => pending.request !== request),
    kept,
  );
}

/** Adds every candidate that comes about when requests under way take effect, in every order. */
function close(clock: number, pending: readonly Pending[], start: readonly Candidate[]): History {
  const byText = new Map<string, Candidate>();
  const queue: Candidate[] = [];
  const add = (candidate: Candidate): void => {
    const text = JSON.stringify(candidate);
    if (byText.has(text)) return;
    byText.set(text, candidate);
    queue.push(candidate);
  };
  start.forEach(add);
  for (let next = queue.pop(); next; next = queue.pop()) {
    for (const { request, call } of pending) {
      if (next.answers.some(([id]) => id === request)) continue;
      for (const [result, entries] of perform(next.entries, call, request)) {
        add({
          entries: entries.map((entry) => expire(entry, clock)),
          answers: [...next.answers, [request, result] as const].sort(([a], [b]) => a - b),
        });
      }
    }
  }
  const candidates = [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, candidate]) => candidate);
  return { clock, pending: [...pending].sort((a, b) => a.request - b.request), candidates };
}

const load = (entry: Entry): Result => (entry.status === 'live' ? entry.value : 'absent');

type Outcome = readonly [result: Result, entries: readonly Entry[]];

/** What the one table may answer to a call, and what it holds afterwards. */
function perform(entries: readonly Entry[], call: Call, request: number): readonly Outcome[] {
  const entry = entries[call.key] as Entry;
  const unchanged = (result: Result): readonly Outcome[] => [[result, entries]];
  const put = (changed: Entry): readonly Outcome[] => [['ok', entries.with(call.key, changed)]];
  switch (call.kind) {
    case 'load':
      return unchanged(load(entry));
    case 'set':
      return put(liveEntry(call.value, request, NEVER));
    case 'destroy':
      return entry.status === 'live' ? put(DEAD) : unchanged('ok');
    case 'create':
      if (entry.status === 'absent') return put(liveEntry(call.value, request, call.expires));
      if (!entry.purged) return unchanged('taken');
      // Deleted at the authority; the mirror may still have the tombstone and, once it is the authority, say so.
      return [...put(liveEntry(call.value, request, call.expires)), ...unchanged('taken')];
    case 'touch':
      if (entry.status !== 'live') return unchanged('gone');
      return put({ ...entry, writtenBy: request, expires: call.expires });
    case 'save':
      return refusal(entry, call.expected, entries) ?? put(liveEntry(call.value, request, call.expires));
    case 'rename': {
      const renamed = liveEntry(call.value, request, call.expires);
      return (
        refusal(entry, call.expected, entries) ??
        (entries[call.key + 1]?.status === 'absent'
          ? [['ok', entries.with(call.key, DEAD).with(call.key + 1, renamed)]]
          : unchanged('taken'))
      );
    }
  }
}

function refusal(entry: Entry, expected: number | null, entries: readonly Entry[]): readonly Outcome[] | undefined {
  if (entry.status !== 'live') return [['gone', entries]];
  if (expected !== null && expected !== entry.writtenBy) return [['conflict', entries]];
  return undefined;
}

const liveEntry = (value: number, writtenBy: number, expires: number): Entry => ({
  status: 'live',
  value,
  writtenBy,
  expires,
  purged: false,
});

const expire = (entry: Entry, now: number): Entry =>
  entry.status === 'live' && entry.expires <= now ? { ...ABSENT, status: 'expired' } : entry;

const purge = (entry: Entry, wanted: boolean): Entry =>
  wanted && (entry.status === 'dead' || entry.status === 'expired') ? { ...entry, purged: true } : entry;

const mapEntries = (
  candidates: readonly Candidate[],
  change: (entry: Entry, key: number) => Entry,
): readonly Candidate[] => candidates.map(({ entries, answers }) => ({ entries: entries.map(change), answers }));
