/** What a shopper's request does; `key` counts from 0. A rename goes from its key to the next. */
export type Act =
  | { readonly kind: 'load' | 'touch' | 'destroy' | 'create' | 'createFresh'; readonly key: number }
  /** `loaded`: only over the version that this lane has loaded last; otherwise over whatever is there. */
  | { readonly kind: 'save' | 'rename'; readonly key: number; readonly loaded: boolean };

export interface Scenario {
  /** By process, by lane: requests of one lane follow each other, lanes of one process share a store. */
  readonly processes: readonly (readonly (readonly Act[])[])[];
  /** The value of each key's session at the start; null: there is none. */
  readonly start: readonly (number | null)[];
  /** How often the authority changes: forward, back, forward. */
  readonly hops: number;
  /** How many rounds a worker of its own drains both outboxes beside the mover. */
  readonly workerRounds?: number;
  /** Answers travel by themselves: needed where lanes share a process, a waste elsewhere. */
  readonly answersTravel?: boolean;
  /** All saves write the same bytes. */
  readonly sameBytes?: boolean;
}
