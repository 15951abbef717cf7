import { AsyncLocalStorage } from 'node:async_hooks';

/** What everything that is done for one request has in common. */
export interface RequestScope {
  readonly requestId: string;
}

export const requestScope = new AsyncLocalStorage<RequestScope>();
