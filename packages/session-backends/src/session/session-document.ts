import { isPlainObject } from './plain-object.ts';
import { merge, type ConflictResolver } from './merge.ts';
import type { SessionCodec } from './session-codec.ts';
import { SessionError } from './session-error.ts';

/** What the session layer keeps about a session beside the application's values. */
export interface SessionMeta {
  /** Seconds from each save; 0: until the browser closes; a string: an absolute time, ISO 8601. Absent: the default. */
  readonly expiry?: number | string;
  /** The hash that the login was made with, so that a changed password ends the session. */
  readonly authHash?: string;
}

/** A session's data, decoded. */
export interface SessionDocument {
  values: Record<string, unknown>;
  meta: SessionMeta;
}

/** The one name that the application cannot use: the meta travels under it. */
export const META_NAME = '_session';

export const emptyDocument = (): SessionDocument => ({ values: {}, meta: {} });

export function encodeDocument({ values, meta }: SessionDocument, codec: SessionCodec): string {
  if (Object.hasOwn(values, META_NAME)) throw new TypeError(`"${META_NAME}" is not free for session values`);
  for (const _ in meta) return codec.encode({ ...values, [META_NAME]: meta });
  return codec.encode(values);
}

/** @throws {SessionError} SESSION_UNDECODABLE */
export function decodeDocument(data: string, codec: SessionCodec): SessionDocument {
  try {
    const values = codec.decode(data);
    const meta = values[META_NAME];
    if (meta === undefined) return { values, meta: {} };
    delete values[META_NAME];
    return { values, meta: checkMeta(meta) };
  } catch (cause) {
    throw new SessionError('SESSION_UNDECODABLE', redacted(cause));
  }
}

/** A parser's message quotes the text it fell over. */
const redacted = (cause: unknown): Error => new Error(cause instanceof Error ? cause.name : typeof cause);

function checkMeta(meta: unknown): SessionMeta {
  if (!isPlainObject(meta)) throw new TypeError('not an object');
  const { expiry, authHash } = meta;
  const knownExpiry =
    expiry === undefined ||
    Number.isSafeInteger(expiry) ||
    (typeof expiry === 'string' && !Number.isNaN(Date.parse(expiry)));
  if (!knownExpiry || !(authHash === undefined || typeof authHash === 'string')) throw new TypeError('unknown shape');
  return meta;
}

/** What `ours` changed since `base`, over `theirs`. */
export const mergeDocuments = (
  base: SessionDocument,
  ours: SessionDocument,
  theirs: SessionDocument,
  resolve: ConflictResolver,
): SessionDocument => ({
  values: merge(base.values, ours.values, theirs.values, resolve),
  // Of two changes to the expiry itself the later one counts, as if it had come alone.
  meta: merge({ ...base.meta }, { ...ours.meta }, { ...theirs.meta }, ({ ours: mine }) => mine),
});
