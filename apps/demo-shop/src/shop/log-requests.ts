import { AsyncResource } from 'node:async_hooks';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';

/** One line per request. The path is all it says of it: no query, no cookie, no body. */
export function logRequests(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    const { method, path } = request;
    const log = (): void => {
      const ms = Math.round(performance.now() - startedAt);
      // That a process is not ready is an answer, and the reason has a line of its own.
      const level = response.statusCode >= 500 && path !== '/readyz' ? 'error' : 'info';
      logger[level]({ method, path, status: response.statusCode, ms, isCut: !response.writableFinished }, 'request');
    };
    // As a part of the request, whoever closes it.
    response.once('close', AsyncResource.bind(log));
    next();
  };
}
