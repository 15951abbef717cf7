import type { Request, Response } from 'express';
import type { Panels } from './present/render-panels.ts';
import { SERIES, toSample } from './status/sample.ts';
import type { Snapshot, StatusFeed } from './status/status-feed.ts';

export interface EventStreamOptions {
  readonly feed: StatusFeed;
  /** Rendered once for all who look. */
  readonly panelsOf: (snapshot: Snapshot) => Panels;
  /** Asked before each event: a login ends. */
  readonly mayLook: () => boolean;
}

/** A browser that lost its stream asks again after this. */
const RETRY_MS = 1_000;

/** Sends each panel when it has changed, and the charts' numbers, for as long as the browser listens. */
export function streamEvents(request: Request, response: Response, options: EventStreamOptions): void {
  const { feed, panelsOf, mayLook } = options;
  const sent = new Map<string, string>();
  response.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store, no-transform',
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
  const send = (event: string, data: unknown): void => {
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  response.write(`retry: ${RETRY_MS}\n\n`);
  send('charts', { series: Object.keys(SERIES), samples: feed.history() });

  const look = (snapshot: Snapshot): void => {
    if (!mayLook()) {
      send('over', {});
      response.end();
      return;
    }
    // Whoever reads too slowly is told the newest later.
    if (response.writableNeedDrain) return;
    const changed = Object.entries(panelsOf(snapshot)).filter(([name, html]) => sent.get(name) !== html);
    for (const [name, html] of changed) sent.set(name, html);
    send('look', { panels: Object.fromEntries(changed), sample: toSample(snapshot.status) });
  };
  const unwatch = feed.watch((snapshot) => {
    try {
      look(snapshot);
    } catch (error) {
      response.end();
      throw error;
    }
  });
  request.on('close', unwatch);
  response.on('close', unwatch);
}
