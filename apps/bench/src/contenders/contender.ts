import type { Measurement, Task } from '../measurement.ts';

/** Somebody who takes part: a subject in a process of its own, or another program that does the same. */
export interface Contender {
  /** @throws {BenchError} SUBJECT_FAILED, TOOL_FAILED */
  measure(task: Task): Promise<Measurement>;
  close(): Promise<void>;
}
