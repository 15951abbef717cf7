import { COUNTERS_BEGIN_AT, versionOf, type Version } from '../fence/rules.ts';
import { jsonCodec } from '../session/json-codec.ts';
import { isPlainObject } from '../session/plain-object.ts';
import type { SessionRecord } from '../store.ts';

/**
 * What a store of another library has no place for travels in the session itself, under this name: the version, and the
 * expiry and the user that it was written with. The library, and applications that do not know it, leave it alone.
 */
export const MARK = '_switchyard';

interface Mark {
  readonly version: Version;
  /** Milliseconds since 1970. */
  readonly expires: number;
  readonly user: string | null;
}

/** Expiries that differ by less are the same one: stores keep whole seconds, and are asked a moment later. */
const SAME_MS = 1_500;

const PER_SECOND = 256;
/** Far enough below the end of an epoch that no number of writes reaches it. */
const HIGHEST = 2 ** 39;

/**
 * The version of a session that no store of ours has written: the later it expires, the higher, so that what was saved or
 * touched again counts as newer; but, for some years from now, below every version that a write here gives.
 */
export function unmarkedVersion(expiresAt: Date): Version {
  const seconds = Math.max(1, Math.floor((expiresAt.getTime() - COUNTERS_BEGIN_AT) / 1000));
  return versionOf(1, Math.min(seconds * PER_SECOND, HIGHEST));
}

/**
 * A session as it lies in the other store, with its expiry there. When that is another than the one in the mark, the
 * library has written, or touched, the session since.
 */
export function readMarked(
  session: Readonly<Record<string, unknown>>,
  expiresAt: Date,
  userIdOf: (session: Readonly<Record<string, unknown>>) => string | null,
): SessionRecord {
  const { [MARK]: mark, ...values } = session;
  const data = JSON.stringify(values);
  if (!isMark(mark)) return { data, expiresAt, version: unmarkedVersion(expiresAt), userId: userIdOf(values) };
  const movedMs = expiresAt.getTime() - mark.expires;
  const { version, user: userId } = mark;
  if (Math.abs(movedMs) < SAME_MS) return { data, expiresAt: new Date(mark.expires), version, userId };
  return { data, expiresAt, version: version + Math.max(1, Math.round(movedMs / 1000)), userId };
}

/** The version that a session carries; `undefined`: no store of ours has written it. */
export const markedVersion = ({ [MARK]: mark }: Readonly<Record<string, unknown>>): Version | undefined =>
  isMark(mark) ? mark.version : undefined;

export const markedExpiry = ({ [MARK]: mark }: Readonly<Record<string, unknown>>): Date | undefined =>
  isMark(mark) ? new Date(mark.expires) : undefined;

const isMark = (mark: unknown): mark is Mark =>
  isPlainObject(mark) &&
  Number.isSafeInteger(mark['version']) &&
  Number.isSafeInteger(mark['expires']) &&
  (mark['user'] === null || typeof mark['user'] === 'string');

/**
 * A session as the other library's store is to be given it. The store finds in `cookie` when it ends; what it writes down
 * is the cookie that is in the data, or none.
 * @throws {TypeError} for data that is no JSON object: such a store keeps nothing else
 */
export function toMarked({ data, expiresAt, version, userId }: SessionRecord, now: number): object {
  const { cookie, ...values } = jsonCodec.decode(data);
  const mark: Mark = { version, expires: expiresAt.getTime(), user: userId };
  return { cookie: ending(cookie, expiresAt, now), ...values, [MARK]: mark };
}

/** As Cookie of express-session: its parts are read one by one, and JSON is made of what toJSON gives. */
function ending(cookie: unknown, expiresAt: Date, now: number): object {
  const parts = isPlainObject(cookie) ? cookie : {};
  const written = typeof parts['expires'] === 'string' ? { ...parts, expires: expiresAt.toISOString() } : cookie;
  const shown = { ...parts, expires: expiresAt, maxAge: expiresAt.getTime() - now };
  return Object.defineProperty(shown, 'toJSON', { value: () => written });
}
