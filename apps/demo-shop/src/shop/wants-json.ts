import type { Request } from 'express';

/** Whether the client prefers JSON to a page; browsers do not. */
export const wantsJson = (request: Request): boolean => request.accepts(['html', 'json']) === 'json';
