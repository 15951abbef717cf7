/** What is measured at a time. */
export interface Task {
  readonly operation: 'load' | 'save';
  /** How many ask at the same time, each the next thing as soon as it has the last answer. */
  readonly callers: number;
  readonly seconds: number;
  /** What each waits at random before it asks again, on average, in milliseconds. Default is not at all. */
  readonly thinkMs?: number;
}

export interface Measurement {
  readonly opsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** User and system time of the client's process for one operation, the server's not among it. NaN: could not be told. */
  readonly cpuMicros: number;
}
