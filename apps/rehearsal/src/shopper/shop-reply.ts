import type { Outcome } from '../checker/change.ts';
import type { Shown } from '../checker/judge.ts';
import type { Call, FormAnswer } from '../history/operation.ts';
import type { HttpResponse, NoResponse } from './http-client.ts';
import { outcomeOf } from './outcome-of.ts';

/** What a shopper makes of an answer. */
export interface ShopReply {
  readonly outcome: Outcome;
  /** The basket that the answer shows, if it shows one. */
  readonly shown: Shown | undefined;
  /** The token for the next change. */
  readonly csrfToken: string | undefined;
  /** What the form of a checkout was answered with. */
  readonly formAnswer: FormAnswer | undefined;
  readonly location: string | undefined;
  /** What went wrong: a status with the shop's own code, or the network's code; `undefined` when nothing did. */
  readonly error: string | undefined;
  readonly setCookies: readonly string[];
}

/** `gaveSession`: whether the answer came with another session than the request. */
export function readReply(call: Call, response: HttpResponse | NoResponse, gaveSession: boolean): ShopReply {
  if (response.status === undefined) {
    const { wasSent, reason } = response;
    const evidence = { status: undefined, code: undefined, location: undefined, gaveSession, wasSent };
    return { ...NOTHING, outcome: outcomeOf(call, evidence), error: reason, location: undefined, setCookies: [] };
  }
  const { status, json, location, setCookies } = response;
  const body = isObject(json) ? json : {};
  const code = isObject(body['error']) ? textOf(body['error']['code']) : undefined;
  return {
    outcome: outcomeOf(call, { status, code, wasSent: true, location, gaveSession }),
    shown: status === 200 ? readShown(body) : undefined,
    csrfToken: textOf(body['csrfToken']),
    formAnswer: call.kind === 'form' && status < 400 ? readForm(body, location) : undefined,
    location,
    error: status < 400 ? undefined : code === undefined ? String(status) : `${status} ${code}`,
    setCookies,
  };
}

const NOTHING = { shown: undefined, csrfToken: undefined, formAnswer: undefined };

function readForm(body: Readonly<Record<string, unknown>>, location: string | undefined): FormAnswer | undefined {
  const form = textOf(body['checkoutKey']);
  if (form !== undefined) return { form };
  if (location?.startsWith('/orders/') === true) return 'ordered';
  return location === '/basket' ? 'nothing to order' : undefined;
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
