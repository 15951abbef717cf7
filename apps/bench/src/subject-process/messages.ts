import type { Measurement, Task } from '../measurement.ts';
import type { SubjectName } from '../subjects/subject-named.ts';
import type { Place } from '../subjects/subject.ts';

/** What a process is started with. */
export interface SubjectSettings {
  readonly subject: SubjectName;
  readonly place: Place;
  /** How many sessions there are to choose from; they are saved before the first task, unless they are there. */
  readonly sessions: number;
  readonly bytes: number;
  /** Of the sessions that are there, every how many-th is chosen from. Default is each. */
  readonly stride?: number;
}

export type ToProcess = { readonly kind: 'measure'; readonly task: Task } | { readonly kind: 'close' };

export type FromProcess =
  | { readonly kind: 'ready' }
  | { readonly kind: 'measured'; readonly measurement: Measurement }
  | { readonly kind: 'failed'; readonly reason: string };
