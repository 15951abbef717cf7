import type { Version } from '../../fence/rules.ts';
import { jsonCodec } from '../../session/json-codec.ts';
import { isPlainObject } from '../../session/plain-object.ts';
import type { SessionCodec } from '../../session/session-codec.ts';
import { markedVersion, readMarked } from '../marked-session.ts';
import type { SourceEntry } from './session-source.ts';

/** An entry as it comes to lie in a table of ours. */
export interface ReadSession {
  readonly data: string;
  readonly expiresAt: Date;
  readonly userId: string | null;
  /** That which a store of ours has given it; `undefined` where none has written it. */
  readonly version: Version | undefined;
}

/** @throws for what cannot be read: it stays where it is */
export type ReadEntry = (entry: SourceEntry & { readonly expiresAt: Date }) => ReadSession;

/**
 * JSON of express-session's, copied byte for byte; but what `fromExpressSessionStore` has added is taken out again, and
 * its version is the session's.
 * @param userPath where in the session its user's id is, from the outside in
 */
export function readExpressSession(userPath: readonly string[] = []): ReadEntry {
  return ({ text, expiresAt }) => {
    const session = jsonCodec.decode(text);
    const userIdOf = (values: unknown): string | null => (userPath.length === 0 ? null : textAt(values, userPath));
    if (markedVersion(session) !== undefined) return readMarked(session, expiresAt, userIdOf);
    return { data: text, expiresAt, version: undefined, userId: userIdOf(session) };
  };
}

/** Sessions of Django's, copied as they are; their signature is checked. */
export const readDjangoSession =
  (codec: SessionCodec): ReadEntry =>
  ({ text, expiresAt }) => {
    const userId = textAt(codec.decode(text), ['_auth_user_id']);
    return { data: text, expiresAt, version: undefined, userId };
  };

function textAt(value: unknown, path: readonly string[]): string | null {
  const found = path.reduce<unknown>((part, name) => (isPlainObject(part) ? part[name] : undefined), value);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : null;
}
