import type { Point } from '../move/messages.ts';
import type { ServerName } from '../stage/network.ts';

/** Everything that can go wrong here, with what it is. */
export const FAULTS = {
  'shop-kill': 'a process of the shop is killed, and started again',
  'shop-stop': 'a process of the shop is stopped (SIGSTOP) and goes on later, believing what was true before',
  'worker-kill': 'the worker is killed, and started again',
  'worker-stop': 'the worker is stopped (SIGSTOP) and goes on later',
  'controller-kill': 'the controller is killed; another one gives the verb again',
  'controller-stop': 'the controller is stopped (SIGSTOP) in the middle of a step; another one gives the verb again',
  'two-controllers': 'another controller wants the opposite at the same time',
  'old-kill': 'the old database is killed, and started again',
  'new-kill': 'the new database is killed, and started again',
  'old-away': 'nobody reaches the sessions in the old database',
  'new-away': 'nobody reaches the new database',
  'redis-kill': 'Redis is killed, and started again with nothing',
  'redis-old-data': 'Redis is killed, and started again with what it had a while ago',
  partition: 'one process does not reach one of its servers',
  'slow-replies': 'what one server answers to one process comes late',
  'long-transaction': 'somebody keeps the tables of the sessions, or all of their rows, locked in a long transaction',
} as const;

export type FaultKind = keyof typeof FAULTS;

export const FAULT_KINDS = Object.keys(FAULTS) as readonly FaultKind[];

/** When a fault begins, within a step. */
export type Moment =
  /** So long after the step has begun. */
  | { readonly at: 'begin'; readonly afterMs: number }
  /** When the step is done. */
  | { readonly at: 'end' }
  /** At a point of the controller's or the worker's work; when the step is done, if it does not come there. */
  | Point;

/** A fault that has been drawn for a step. */
export interface Fault {
  readonly kind: FaultKind;
  /** Index of the step. */
  readonly step: number;
  readonly moment: Moment;
  /** How long it lasts, in milliseconds; what lasts across a step begins to count when that is done. */
  readonly lastsMs: number;
  /** The process that it is about: one of the shop, the worker or a controller; empty when it is about none. */
  readonly process: string;
  /** The server that it is about, of a partition, slow replies and a long transaction. */
  readonly server: ServerName;
  /**
   * Of what is not reached: connections break, or nothing is carried and nobody told. Of a long transaction: it has
   * read, or it holds rows.
   */
  readonly how: 'cut' | 'hold';
  /** By how much each of the slow replies comes later, in milliseconds. */
  readonly delayMs: number;
}

/** The names of the shop's processes, as faults and reports have them. */
export const shopName = (index: number): string => `shop ${index + 1}`;

/** `undefined`: it is no process of the shop. */
export function shopIndex(name: string): number | undefined {
  const number = /^shop (\d+)$/.exec(name)?.[1];
  return number === undefined ? undefined : Number(number) - 1;
}
