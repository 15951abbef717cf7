import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { RequestMetrics } from './request-metrics.ts';
import { requestScope } from './request-scope.ts';
import { routeOf } from './route-of.ts';

/** What a proxy may call a request; anything else is called anew. */
const ID = /^[\w.:-]{8,64}$/;

function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && ID.test(given) ? given : randomUUID();
}

/** The same listener; each request has an id, which its answer says and its lines in the log carry, and is measured. */
export function observeRequests(listener: RequestListener, metrics: RequestMetrics): RequestListener {
  return (request, response) => {
    const requestId = requestIdOf(request);
    response.setHeader('X-Request-Id', requestId);
    const finish = metrics.begin();
    response.once('close', () => {
      const { statusCode, writableFinished } = response;
      finish({ method: request.method, route: routeOf(request), status: writableFinished ? statusCode : undefined });
    });
    requestScope.run({ requestId }, () => listener(request, response));
  };
}
