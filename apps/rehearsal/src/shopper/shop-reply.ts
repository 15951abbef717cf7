import type { Outcome } from '../checker/change.ts';
import type { Shown } from '../checker/judge.ts';
import type { HttpResponse, NoResponse } from './http-client.ts';

/** What a shopper makes of an answer. */
export interface ShopReply {
  readonly outcome: Outcome;
  /** The basket that the answer shows, if it shows one. */
  readonly shown: Shown | undefined;
  /** The token for the next change. */
  readonly csrfToken: string | undefined;
  readonly checkoutKey: string | undefined;
  readonly location: string | undefined;
  /** What went wrong: a status with the shop's own code, or the network's code; `undefined` when nothing did. */
  readonly error: string | undefined;
  readonly setCookies: readonly string[];
}

export function readReply(response: HttpResponse | NoResponse): ShopReply {
  if (response.status === undefined)
    return { ...NOTHING, outcome: 'unknown', error: response.reason, location: undefined, setCookies: [] };
  const { status, json, location, setCookies } = response;
  const body = isObject(json) ? json : {};
  return {
    outcome: outcomeOf(status),
    shown: status === 200 ? readShown(body) : undefined,
    csrfToken: textOf(body['csrfToken']),
    checkoutKey: textOf(body['checkoutKey']),
    location,
    error: status < 400 ? undefined : errorOf(status, body),
    setCookies,
  };
}

const NOTHING = { shown: undefined, csrfToken: undefined, checkoutKey: undefined };

function outcomeOf(status: number): Outcome {
  if (status >= 500) return 'unknown';
  return status >= 400 ? 'failed' : 'ok';
}

function errorOf(status: number, body: Readonly<Record<string, unknown>>): string {
  const code = isObject(body['error']) ? textOf(body['error']['code']) : undefined;
  return code === undefined ? String(status) : `${status} ${code}`;
}

function readShown(body: Readonly<Record<string, unknown>>): Shown | undefined {
  const { items, user } = body;
  if (!Array.isArray(items)) return undefined;
  const lines = items.filter(isObject).map((item) => [String(item['productId']), Number(item['quantity'])] as const);
  return { lines: new Map(lines), user: isObject(user) ? (textOf(user['email']) ?? null) : null };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
