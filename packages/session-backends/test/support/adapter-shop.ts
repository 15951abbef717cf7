import type { RequestListener, Server } from 'node:http';
import { memoryStore, type SessionStore } from '@switchyard/session-backends';
import { FaultyStore } from '@switchyard/session-backends/testing';
import supertest from 'supertest';

/** What is told to an adapter's application. */
export interface ShopWorld {
  readonly store: SessionStore;
  /** Awaited by POST /add/:name between its look at the session and its change. */
  readonly during: () => Promise<void>;
  readonly onEvent: (event: string) => void;
}

/**
 * An adapter's application: GET /show answers the session's "lines", or {}; POST /add/:name adds a line of that name, with
 * the query's "text" as its value, and answers 204; POST /logout ends the session. Errors go to the framework's own
 * handler.
 */
export interface Adapter {
  readonly open: (world: ShopWorld) => Promise<RequestListener | Server>;
  /** Of the cookie. */
  readonly name: string;
}

/** What becomes of the visitor's cookie. */
export type CookieFate = 'kept' | 'renewed' | 'replaced' | 'removed';

export interface Outcome {
  readonly status: number;
  readonly cookie: CookieFate;
}

/** An adapter's application over a memory store with faults. */
export async function openShop({ open, name }: Adapter) {
  const memory = memoryStore();
  const store = new FaultyStore(memory);
  const events: string[] = [];
  const hooks = { during: async (): Promise<void> => undefined };
  const listener = await open({ store, during: () => hooks.during(), onEvent: (event) => void events.push(event) });
  const agent = supertest(listener);
  const rows = memory.site.rows;

  const change = (data: string | null): void => {
    for (const [key, row] of rows) rows.set(key, { ...row, data, version: row.version + 1 });
  };

  return {
    agent,
    store,
    events,
    hooks,
    rows,
    /** As another request's logout does. */
    destroyAll: () => change(null),
    spoilAll: () => change('{"cookie":'),
    /** The Cookie header of a visitor with one line, "first". */
    visitor: async (): Promise<string> => {
      const response = await agent.post('/add/first').expect(204);
      return cookiesOf(response);
    },
    outcome: (response: supertest.Response, before: string): Outcome => ({
      status: response.status,
      cookie: cookieFate(response, before, name),
    }),
  };
}

const setCookies = ({ headers }: supertest.Response): string[] =>
  (headers['set-cookie'] as unknown as string[] | undefined) ?? [];

/** The Cookie header that a browser sends after this response. */
export const cookiesOf = (response: supertest.Response): string =>
  setCookies(response)
    .map((cookie) => cookie.split(';')[0])
    .join('; ');

function cookieFate(response: supertest.Response, before: string, name: string): CookieFate {
  const cookie = setCookies(response).find((each) => each.startsWith(`${name}=`));
  if (cookie === undefined) return 'kept';
  const pair = cookie.split(';')[0] as string;
  if (pair === `${name}=`) return 'removed';
  return before.split('; ').includes(pair) ? 'renewed' : 'replaced';
}
