import { epochOf, nextVersion } from '../fence/rules.ts';
import type { StoredKey } from '../keys.ts';
import type {
  ApplyResult,
  CopyOperation,
  SessionOperation,
  SessionRecord,
  SessionStore,
  TouchOperation,
} from '../store.ts';
import type { Repair } from './repair-queue.ts';

export interface DualWrite {
  /** The store that counts: its answer is the answer. */
  readonly primary: SessionStore;
  readonly secondary: SessionStore;
  /** Told what the secondary store has not taken over. */
  readonly owe: (owed: Omit<Repair, 'to'>, cause: unknown) => void;
}

const RENAME_TRIES = 20;

/** An operation on its way; `answer` once there is one. */
interface Item {
  readonly operation: SessionOperation;
  /** The row as it was, where the copy needs it. */
  before: SessionRecord | undefined;
  answer: ApplyResult | undefined;
}

type Asked = { readonly found: SessionRecord } | 'absent' | { readonly failed: ApplyResult };

/**
 * Writes to the primary store and copies what came of it, with its version, to the secondary one. A session that only
 * the secondary store has is brought over first.
 */
export async function dualWrite(operations: readonly SessionOperation[], dual: DualWrite): Promise<ApplyResult[]> {
  const items = operations.map((operation): Item => ({ operation, before: undefined, answer: undefined }));
  await lookBefore(items, dual);
  await send(items, dual);
  await rescue(items, dual);
  await mirror(items, dual);
  return items.map(({ answer }) => answer as ApplyResult);
}

/** The copy of a destroy or a rename needs the row as it was; a key that others may know may be at the secondary. */
async function lookBefore(items: readonly Item[], dual: DualWrite): Promise<void> {
  const looking = items.filter(
    ({ operation: { kind, ...rest } }) =>
      kind === 'destroy' || kind === 'rename' || (kind === 'create' && 'fresh' in rest && !rest.fresh),
  );
  if (looking.length === 0) return;
  const here = await ask(dual.primary, looking.map(keyOf));
  const missing = looking.filter((item, i) => note(item, here[i] as Asked));
  await bringOver(missing, dual);
  for (const item of missing) if (item.before === undefined) item.answer ??= ofNothing(item.operation);
}

/** There was nothing in either store: what comes to be there meanwhile is not meant, and could not be buried in both. */
function ofNothing({ kind }: SessionOperation): ApplyResult | undefined {
  if (kind === 'destroy') return { status: 'ok', version: 0 };
  return kind === 'rename' ? { status: 'gone' } : undefined;
}

/** Notes what is known of the row as it was. True if it is not there. */
function note(item: Item, asked: Asked): boolean {
  if (asked === 'absent') return true;
  if ('found' in asked) item.before = asked.found;
  else item.answer = asked.failed;
  return false;
}

/** Copies rows that the primary lacks and the secondary holds. The items of those it brought over. */
async function bringOver(items: readonly Item[], { primary, secondary }: DualWrite): Promise<Item[]> {
  if (items.length === 0) return [];
  const there = await ask(secondary, items.map(keyOf));
  items.forEach((item, i) => note(item, there[i] as Asked));
  const found = items.filter(({ before }) => before !== undefined);
  if (found.length === 0) return [];
  const copied = await primary.apply(found.map((item) => copyOf(keyOf(item), item.before as SessionRecord)));
  return found.filter((item, i) => {
    const result = copied[i];
    if (result?.status === 'ok') return true;
    item.answer = result?.status === 'unavailable' ? { ...result, outcome: 'none' } : noAnswer;
    return false;
  });
}

async function send(items: readonly Item[], { primary }: DualWrite): Promise<void> {
  let open = items.filter(({ answer }) => answer === undefined);
  for (let tries = 1; open.length > 0; tries++) {
    const results = await primary.apply(open.map(pinned));
    open.forEach((item, i) => {
      item.answer = results[i] ?? noAnswer;
    });
    open = open.filter((item) => isOvertaken(item, tries));
  }
}

/** A rename over whatever is there: over exactly what was seen, or else its tombstone's version would not be known. */
const pinned = ({ operation, before }: Item): SessionOperation =>
  operation.kind === 'rename'
    ? { ...operation, expectedVersion: operation.expectedVersion ?? before?.version }
    : operation;

/** Such a rename that met a newer row is for that one, then. */
function isOvertaken(item: Item, tries: number): boolean {
  const { operation, answer } = item;
  if (answer?.status !== 'conflict' || operation.kind !== 'rename' || operation.expectedVersion !== undefined)
    return false;
  item.before = answer.current;
  item.answer = tries < RENAME_TRIES ? undefined : { ...noAnswer, cause: 'the session kept changing' };
  return item.answer === undefined;
}

/** What is gone at the primary may never have been there. */
async function rescue(items: readonly Item[], dual: DualWrite): Promise<void> {
  const gone = items.filter(({ answer, before }) => answer?.status === 'gone' && before === undefined);
  const answers = gone.map(({ answer }) => answer);
  const brought = await bringOver(gone, dual);
  for (const item of brought) item.answer = undefined;
  await send(brought, dual);
  gone.forEach((item, i) => {
    item.answer ??= answers[i];
  });
}

async function mirror(items: readonly Item[], { primary, secondary, owe }: DualWrite): Promise<void> {
  for (const { operation, before, answer } of items)
    if (answer?.status === 'unavailable' && answer.outcome === 'unknown') {
      const { kind, key } = operation;
      const mayBeGone = before !== undefined && (kind === 'destroy' || kind === 'rename');
      owe({ key, copy: mayBeGone ? { kind: 'look, or bury', before } : { kind: 'look' } }, answer.cause);
      if (kind === 'rename') owe({ key: operation.newKey, copy: { kind: 'look' } }, answer.cause);
    }

  const touched = items.filter(({ operation, answer }) => operation.kind === 'touch' && answer?.status === 'ok');
  const over = await noteTouched(touched, { primary, owe });

  const copies = [...items.flatMap(copiesOf), ...(await bury(over, { primary, owe }))];
  if (copies.length === 0) return;
  const results = await secondary.apply(copies);
  copies.forEach((copy, i) => {
    const result = results[i];
    if (result?.status !== 'ok')
      owe({ key: copy.key, copy }, result?.status === 'unavailable' ? result.cause : result?.status);
  });
}

/** A touch does not know the row: that has to be read. Those whose session is over by now. */
async function noteTouched(touched: readonly Item[], { primary, owe }: Omit<DualWrite, 'secondary'>): Promise<Item[]> {
  if (touched.length === 0) return [];
  const rows = await ask(primary, touched.map(keyOf));
  return touched.filter((item, i) => {
    const row = rows[i] as Asked;
    if (row === 'absent') return true;
    if ('failed' in row) owe({ key: keyOf(item), copy: { kind: 'look' } }, row.failed);
    else item.before = row.found;
    return false;
  });
}

/**
 * Tombstones of sessions that are over: whoever has ended them may not have told the secondary store yet, and it is not
 * to show what was there before the touch.
 */
async function bury(over: readonly Item[], { primary, owe }: Omit<DualWrite, 'secondary'>): Promise<CopyOperation[]> {
  if (over.length === 0) return [];
  const ended = await primary.apply(over.map((item) => ({ kind: 'destroy', key: keyOf(item) })));
  return over.flatMap((item, i) => {
    const key = keyOf(item);
    const before = { expiresAt: (item.operation as TouchOperation).expiresAt, userId: null };
    const result = ended[i];
    if (result?.status === 'ok') return result.version > 0 ? [tombstone(key, result.version, before)] : [];
    owe({ key, copy: { kind: 'look, or bury', before } }, result);
    return [];
  });
}

/** What the secondary store has to take over. */
function copiesOf({ operation, before, answer }: Item): CopyOperation[] {
  if (answer?.status !== 'ok') return [];
  const { version } = answer;
  const { key } = operation;
  switch (operation.kind) {
    case 'copy':
      return [operation];
    case 'create':
    case 'update':
      return [copyOf(key, { ...operation, version })];
    case 'touch':
      // Its data is in the row only; and by now that may be a newer one, which is just as good.
      return before === undefined ? [] : [copyOf(key, before)];
    case 'destroy':
      return before === undefined ? [] : [tombstone(key, version, before)];
    case 'rename': {
      const buried = nextVersion(operation.expectedVersion ?? before?.version ?? version, epochOf(version));
      return [tombstone(key, buried, before ?? operation), copyOf(operation.newKey, { ...operation, version })];
    }
  }
}

async function ask(store: SessionStore, keys: readonly StoredKey[]): Promise<Asked[]> {
  const results = await store.load(keys);
  return results.map((result): Asked => {
    if (result.status === 'found') return { found: result.record };
    return result.status === 'absent' ? 'absent' : { failed: { ...result, outcome: 'none' } };
  });
}

const noAnswer = {
  status: 'unavailable',
  outcome: 'none',
  cause: 'the store left an operation unanswered',
} as const;

const keyOf = ({ operation }: Item): StoredKey => operation.key;

export const keysOf = (operation: SessionOperation): StoredKey[] =>
  operation.kind === 'rename' ? [operation.key, operation.newKey] : [operation.key];

export const copyOf = (key: StoredKey, { data, expiresAt, version, userId }: SessionRecord): CopyOperation => ({
  kind: 'copy',
  key,
  data,
  expiresAt,
  version,
  userId,
});

export const tombstone = (
  key: StoredKey,
  version: number,
  { expiresAt, userId }: Pick<SessionRecord, 'expiresAt' | 'userId'>,
): CopyOperation => ({ kind: 'copy', key, data: null, expiresAt, version, userId });
