import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const BUCKETS_S = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export type SessionCounters = ReturnType<typeof sessionCounters>;

export function sessionCounters(registry: Registry) {
  const registers = [registry];
  const counters = {
    results: new Counter({
      name: 'shop_session_operations_total',
      help: 'What the session store answered, by operation (load, create, update, touch, destroy, rename) and result',
      labelNames: ['operation', 'result'],
      registers,
    }),
    durations: new Histogram({
      name: 'shop_session_operation_duration_seconds',
      help: 'Time until the session store answered, by operation: load, or apply for everything that writes',
      labelNames: ['operation'],
      buckets: BUCKETS_S,
      registers,
    }),
    underWay: new Gauge({
      name: 'shop_session_operations_in_flight',
      help: 'Calls of the session store that are not answered yet',
      registers,
    }),
    loads: new Counter({
      name: 'shop_session_loads_total',
      help: 'Sessions looked up, by what answered (cache, new or old database) and result: found, absent, failed',
      labelNames: ['source', 'result'],
      registers,
    }),
    saves: new Counter({
      name: 'shop_session_saves_total',
      help: 'Writes of sessions by database and result: written, refused (by the row or its fence), failed',
      labelNames: ['database', 'result'],
      registers,
    }),
    cacheAnswers: new Counter({
      name: 'shop_session_cache_answers_total',
      help: 'Answers of the cache: hit, destroyed (known to be gone), miss, suspect (may not be used now), failed',
      labelNames: ['answer'],
      registers,
    }),
    cacheFailures: new Counter({
      name: 'shop_session_cache_write_failures_total',
      help: 'Writes that the cache could neither be told of nor be switched off for: not acknowledged',
      registers,
    }),
    bounces: new Counter({
      name: 'shop_session_bounces_total',
      help: 'Operations that a fence sent on to the other database: this process had not known of a switch',
      labelNames: ['from'],
      registers,
    }),
    mergeReads: new Counter({
      name: 'shop_session_merge_reads_total',
      help: 'Rows looked up at the database that a bucket was switched from, while its merge lasts',
      labelNames: ['database'],
      registers,
    }),
    adoptions: new Counter({
      name: 'shop_session_adoptions_total',
      help: 'Rows brought across by a request, ahead of the worker, because they were about to be written',
      labelNames: ['database'],
      registers,
    }),
    mirrorFailures: new Counter({
      name: 'shop_session_mirror_failures_total',
      help: 'Copies to the other database that the two flags ask for and that are owed since',
      labelNames: ['to'],
      registers,
    }),
    events: new Counter({
      name: 'shop_session_events_total',
      help: 'conflict: a write met a newer row and was merged; overwritten: the later value won; undecodable: unreadable data',
      labelNames: ['event'],
      registers,
    }),
  };
  // So that a rate can be told from the first one on.
  for (const side of ['old', 'new']) {
    counters.bounces.inc({ from: side }, 0);
    counters.mirrorFailures.inc({ to: side }, 0);
    counters.mergeReads.inc({ database: side }, 0);
    counters.adoptions.inc({ database: side }, 0);
    for (const result of ['written', 'refused', 'failed']) counters.saves.inc({ database: side, result }, 0);
  }
  for (const source of ['cache', 'new', 'old'])
    for (const result of ['found', 'absent', 'failed']) counters.loads.inc({ source, result }, 0);
  for (const answer of ['hit', 'destroyed', 'miss', 'suspect', 'failed']) counters.cacheAnswers.inc({ answer }, 0);
  for (const event of ['conflict', 'overwritten', 'undecodable']) counters.events.inc({ event }, 0);
  return counters;
}
