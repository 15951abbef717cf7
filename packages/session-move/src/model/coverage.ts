/** What the model takes for granted or leaves out. Each has to be shown by other means, or is the operator's to keep. */
export const NOT_COVERED: readonly string[] = [
  'progress: that a move comes to its end and that requests are answered in time; only wrong answers are looked for',
  'anything beyond the bounds: more requests, processes, switches, moves or lost answers than each scenario says',
  'that one SQL statement is one atomic step under READ COMMITTED, and a fence change too (the tests on real servers)',
  'a database that loses committed transactions: a failover to a replica that lags, a restore from a backup',
  'two databases whose clocks differ: a session may expire earlier or later by the difference when it moves',
  'buckets together: one bucket is modelled, and what empties a whole table must look at all 256 fences itself',
  'several keys in one statement: each is judged by itself',
  'a key that is created anew while a logout of its earlier session, with its answer lost, is still on its way',
  'the merge of session data after a conflict, caches, cookies and adapters',
  'tables of other programs, brought in by triggers or by renaming',
];
