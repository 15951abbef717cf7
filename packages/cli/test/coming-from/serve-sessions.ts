import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type session from 'express-session';
import type { Session } from '@switchyard/session-backends';

export type Values = Record<string, unknown>;
type Middleware = (req: never, res: never, next: (error?: unknown) => void) => void;

/** Reads, changes or ends the session; what it returns is the answer. */
export type Page = (req: IncomingMessage, change: Values | 'end' | undefined) => Promise<unknown>;

/** With the session of express-session. */
export const libraryPage: Page = async (req, change) => {
  const its = (req as unknown as { session: session.Session & Values }).session;
  if (change === 'end') await new Promise((resolve) => its.destroy(resolve));
  else if (change !== undefined) {
    Object.assign(its, change);
    await new Promise<void>((resolve, reject) => its.save((error: unknown) => (error ? reject(error) : resolve())));
  }
  const { cookie: _, ...values } = its;
  return change === 'end' ? {} : values;
};

/** With a session of ours. */
export const ourPage: Page = async (req, change) => {
  const its = (req as unknown as { session: Session }).session;
  if (change === 'end') await its.flush();
  else if (change !== undefined) await its.update(change);
  return Object.fromEntries(await its.entries());
};

export interface SessionServer {
  readonly url: string;
  close(): Promise<void>;
}

/** A shop of one page behind a session middleware. */
export async function serveSessions(middleware: unknown, page: Page = libraryPage): Promise<SessionServer> {
  const listener: RequestListener = (req, res) => {
    (middleware as Middleware)(req as never, res as never, (error) => {
      if (error !== undefined) return fail(res, error);
      answer(req, res, page).catch((failure: unknown) => fail(res, failure));
    });
  };
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function answer(req: IncomingMessage, res: ServerResponse, page: Page): Promise<void> {
  let body = '';
  for await (const part of req) body += String(part);
  const result = await page(req, body === '' ? undefined : (JSON.parse(body) as Values | 'end'));
  res.setHeader('Content-Type', 'application/json');
  res.end(JSON.stringify(result));
}

function fail(res: ServerResponse, error: unknown): void {
  res.statusCode = (error as { status?: number }).status ?? 500;
  res.end(JSON.stringify({ code: (error as { code?: string }).code }));
}

/** One browser, with a cookie that it takes from shop to shop. */
export function openBrowser() {
  let cookie = '';
  return {
    sid: () => decodeURIComponent(cookie).split(/s:|\./)[2] as string,
    visit: async ({ url }: SessionServer, change?: Values | 'end') => {
      const init = change === undefined ? {} : { method: 'POST', body: JSON.stringify(change) };
      const response = await fetch(url, { ...init, headers: { Cookie: cookie } });
      const [set] = response.headers.getSetCookie();
      if (set !== undefined) cookie = set.split(';')[0] as string;
      return { status: response.status, values: (await response.json()) as Values };
    },
  };
}
