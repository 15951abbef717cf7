/**
 * What can go wrong with a session.
 *
 * - `SESSION_GONE`: it was destroyed (logged out, expired) after it was loaded; nothing was written
 * - `SESSION_UNAVAILABLE`: the store could not answer; nothing was written
 * - `SESSION_UNKNOWN_OUTCOME`: the store's answer to a write was lost; it may have been written
 * - `SESSION_CONFLICT`: somebody else changed the same value, and no resolver said which one wins
 * - `SESSION_UNDECODABLE`: the stored data cannot be read; it is left as it is
 * - `SESSION_TOO_LARGE`: the encoded data is larger than `maxBytes`, or than a cookie can be; nothing was written
 * - `SESSION_VALUE_MISSING`: `delete` or `pop` of a value that is not there
 */
export type SessionErrorCode =
  | 'SESSION_GONE'
  | 'SESSION_UNAVAILABLE'
  | 'SESSION_UNKNOWN_OUTCOME'
  | 'SESSION_CONFLICT'
  | 'SESSION_UNDECODABLE'
  | 'SESSION_TOO_LARGE'
  | 'SESSION_VALUE_MISSING';

const RETRY_AFTER_S = 2;

interface ErrorShape {
  readonly status: number;
  readonly message: string;
  readonly retry?: true;
}

const SHAPES: Readonly<Record<SessionErrorCode, ErrorShape>> = {
  SESSION_GONE: { status: 400, message: 'The session was deleted before the request completed. Reload and try again.' },
  SESSION_UNAVAILABLE: { status: 503, message: 'The session store did not answer. Try again.', retry: true },
  SESSION_UNKNOWN_OUTCOME: {
    status: 503,
    message: 'The session store did not say whether it saved the session. Reload and look.',
    retry: true,
  },
  SESSION_CONFLICT: {
    status: 409,
    message: 'Another request changed the same session value. Try again, or use session.update(fn) or a resolver.',
  },
  SESSION_UNDECODABLE: {
    status: 500,
    message: 'The stored session cannot be decoded. It was left as it is; session.flush() discards it.',
  },
  SESSION_TOO_LARGE: {
    status: 500,
    message:
      'The session is larger than maxBytes, or than a cookie can be. Keep large data elsewhere and only its id here.',
  },
  SESSION_VALUE_MISSING: {
    status: 500,
    message: 'There is no such value in the session. Give a default, or ask has().',
  },
};

/** Never carries session data or a key. `status` and `headers` are what HTTP frameworks look for. */
export class SessionError extends Error {
  readonly code: SessionErrorCode;
  /** The HTTP status that fits when nobody catches this. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: SessionErrorCode, cause?: unknown) {
    const { status, message, retry } = SHAPES[code];
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SessionError';
    this.code = code;
    this.status = status;
    this.headers = retry ? { 'Retry-After': String(RETRY_AFTER_S) } : {};
  }

  /** The answer that fits when nobody catches this; what frameworks of Request and Response look for. */
  getResponse(): Response {
    return new Response(`${this.message}\n`, {
      status: this.status,
      headers: { ...this.headers, 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
    });
  }
}
