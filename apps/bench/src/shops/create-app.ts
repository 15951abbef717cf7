import express, { type Express } from 'express';

/** What all shops have in common. */
export function createApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  return app;
}
