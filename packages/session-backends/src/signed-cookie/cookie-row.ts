import { parseSessionKey, type SessionKey } from '../keys.ts';

/** A session as it is in its cookie. */
export interface CookieRow {
  readonly key: SessionKey;
  readonly expiresAt: Date;
  readonly userId: string | null;
  /** Encoded by the codec. */
  readonly data: string;
}

/** The data comes last and as it is: JSON inside of JSON would need a backslash for each quote. */
export const writeRow = ({ key, expiresAt, userId, data }: CookieRow): string =>
  `${JSON.stringify([key, expiresAt.getTime(), userId])}\n${data}`;

/** `undefined` for what another version, or another program with the same secrets, has written. */
export function readRow(text: string): CookieRow | undefined {
  const end = text.indexOf('\n');
  const [key, expiresAt, userId] = parseHead(text.slice(0, Math.max(0, end)));
  const sessionKey = parseSessionKey(key);
  if (sessionKey === undefined || !Number.isSafeInteger(expiresAt)) return undefined;
  if (userId !== null && typeof userId !== 'string') return undefined;
  return { key: sessionKey, expiresAt: new Date(expiresAt as number), userId, data: text.slice(end + 1) };
}

function parseHead(text: string): readonly unknown[] {
  try {
    const head: unknown = JSON.parse(text);
    return Array.isArray(head) ? head : [];
  } catch {
    return [];
  }
}
