import type { ApplyResult, LoadResult, SessionOperation, SessionStore, StoredKey } from '@switchyard/session-backends';

/** A call of one key, with the moments at which it was made and answered. */
export type StoreEvent = {
  readonly client: number;
  readonly key: StoredKey;
  readonly start: number;
  readonly end: number;
} & (
  | { readonly operation: undefined; readonly result: LoadResult }
  | { readonly operation: SessionOperation; readonly result: ApplyResult }
);

/** What clients did with a store, in the order of its moments. */
export interface StoreHistory {
  readonly events: StoreEvent[];
  /** The store as one client has it; all that goes through it is noted. */
  watch(client: number, store: SessionStore): SessionStore;
}

export function createHistory(): StoreHistory {
  const events: StoreEvent[] = [];
  let moment = 0;
  const note = async <Item, Result>(
    items: readonly Item[],
    call: Promise<Result[]>,
    toEvent: (item: Item, result: Result, start: number, end: number) => StoreEvent,
  ): Promise<Result[]> => {
    const start = ++moment;
    const results = await call;
    const end = ++moment;
    items.forEach((item, i) => events.push(toEvent(item, results[i] as Result, start, end)));
    return results;
  };
  return {
    events,
    watch: (client, store) => ({
      load: (keys) =>
        note(keys, store.load(keys), (key, result, start, end) => ({
          client,
          key,
          start,
          end,
          operation: undefined,
          result,
        })),
      apply: (operations) =>
        note(operations, store.apply(operations), (operation, result, start, end) => ({
          client,
          key: operation.key,
          start,
          end,
          operation,
          result,
        })),
    }),
  };
}

/** A promise of session stores that did not hold. */
class BrokenPromise extends Error {
  constructor(promise: string, event: StoreEvent) {
    const what = event.operation?.kind ?? 'load';
    super(`${promise}: client ${event.client}, ${what} at ${event.start} to ${event.end}`);
  }
}

/** What was known for sure, and what was possible, about one key. */
interface Known {
  /** Acknowledged: from then on this version or a later one is there. */
  readonly versions: readonly { readonly version: number; readonly from: number }[];
  /** Acknowledged: from then on the session is gone for good. */
  readonly ended: readonly number[];
  /** From then on it may be gone: some of it was not acknowledged. */
  readonly mayEnd: readonly number[];
  /** From then on it may be there. */
  readonly mayBegin: readonly number[];
}

/**
 * Holds a history to the promises of a store, key by key: what was acknowledged is there for everybody who asks
 * afterwards, it is there once, and what was destroyed stays so. Keys are never created again.
 *
 * `countLoad` leaves out loads that nothing was promised for. No expiry may pass.
 */
export function checkHistory(
  events: readonly StoreEvent[],
  countLoad: (event: StoreEvent) => boolean = () => true,
): void {
  const known = new Map([...new Set(events.flatMap(keysOf))].map((key) => [key, knownOf(key, events)]));
  for (const event of events)
    if (event.operation !== undefined || countLoad(event)) checkEvent(event, known.get(event.key) as Known);
}

const keysOf = ({ key, operation }: StoreEvent): StoredKey[] =>
  operation?.kind === 'rename' ? [key, operation.newKey] : [key];

const mayHaveHappened = ({ result }: StoreEvent): boolean =>
  result.status === 'ok' || (result.status === 'unavailable' && 'outcome' in result && result.outcome === 'unknown');

function knownOf(key: StoredKey, events: readonly StoreEvent[]): Known {
  const writes = events.filter((event) => event.operation !== undefined && mayHaveHappened(event));
  const beginners = writes.filter(
    ({ operation, key: at }) =>
      (operation?.kind === 'create' && at === key) || (operation?.kind === 'rename' && operation.newKey === key),
  );
  const enders = writes.filter(
    ({ operation, key: at }) => (operation?.kind === 'destroy' || operation?.kind === 'rename') && at === key,
  );
  const changers = writes.filter(
    ({ operation, key: at }) => (operation?.kind === 'update' || operation?.kind === 'touch') && at === key,
  );
  const isAcknowledged = ({ result }: StoreEvent): boolean => result.status === 'ok';
  return {
    versions: [...beginners, ...changers]
      .filter(isAcknowledged)
      .map(({ result, end }) => ({ version: (result as { version: number }).version, from: end })),
    // Version 0: there was nothing to destroy.
    ended: enders.filter(({ result }) => result.status === 'ok' && result.version > 0).map(({ end }) => end),
    mayEnd: enders.map(({ start }) => start),
    mayBegin: beginners.map(({ start }) => start),
  };
}

function checkEvent(event: StoreEvent, known: Known): void {
  const { start, end, result, operation } = event;
  const assert = (holds: boolean, promise: string): void => {
    if (!holds) throw new BrokenPromise(promise, event);
  };
  const floor = Math.max(0, ...known.versions.filter(({ from }) => from < start).map(({ version }) => version));
  const isOver = known.ended.some((from) => from < start);
  const mayBeOver = known.mayEnd.some((from) => from < end && from !== start);
  const mayBeThere = known.mayBegin.some((from) => from < end);
  const isThere = (version: number): void => {
    assert(!isOver, 'what was destroyed does not come back');
    assert(mayBeThere, 'there is nothing that nobody created');
    assert(version >= floor, 'what was acknowledged is not replaced by what was there before');
  };
  switch (result.status) {
    case 'found':
      return isThere(result.record.version);
    case 'conflict':
      return isThere(result.current.version);
    case 'absent':
    case 'gone':
      return assert(floor === 0 || mayBeOver, 'what was acknowledged does not go away');
    case 'taken':
      return assert(mayBeThere, 'there is nothing that nobody created');
    case 'ok':
      if (operation?.kind === 'update' || operation?.kind === 'touch') {
        isThere(result.version);
        assert(result.version > floor, 'each write has a higher version than those before it');
      } else if (operation?.kind === 'rename') isThere(Number.MAX_SAFE_INTEGER);
      else if (operation?.kind === 'create') assert(floor === 0 && !isOver, 'a key is created once');
      else if (operation?.kind === 'destroy' && result.version > 0)
        assert(isOver || result.version >= floor, 'a destroyed session has a higher version than it had before');
      else assert(floor === 0 || mayBeOver, 'what was acknowledged does not go away');
      return undefined;
    case 'unavailable':
      return undefined;
  }
}
