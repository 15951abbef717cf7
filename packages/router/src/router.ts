import type { RequestPins } from './request-pins.ts';

/** Whether an operation can change data. What is not known to be a read is a write. */
export type OperationKind = 'read' | 'write';

/**
 * What a router may know beside the model's name. Give hints of your own through `$hint` or `$withContext`;
 * the three named here are understood by the routed client itself.
 */
export interface Hints {
  /** A row that this routed client returned earlier. Without any router's opinion a read goes where it came from. */
  readonly instance?: object;
  /**
   * Set while a relation is checked: the alias of the operation that joins this model. A router that serves one set
   * of rows under several aliases (a primary and its replicas) answers with it, if it is one of them.
   */
  readonly joinedTo?: string;
  /** Set within `$withContext` and within a transaction. */
  readonly request?: RequestPins;
  readonly [hint: string]: unknown;
}

/** A route that a router may answer with, declared so that a wrong name is found at start-up. No model: any model. */
export interface DeclaredRoute<Alias extends string = string, Model extends string = string> {
  readonly model?: Model;
  readonly alias: Alias;
}

/**
 * Decides which database serves an operation. Every method is optional, but one of them has to be there, and each may
 * return `undefined`: no opinion, ask the next router. What a method throws reaches the caller of the operation.
 *
 * `model` is the name as it is on the client: `session`, `orderLine`.
 *
 * Write one with `satisfies Router<'sessions'>`, or as a class: a variable of the type `Router<'sessions'>` could declare
 * routes of models that are not there, and no routed client takes it.
 */
export interface Router<Alias extends string = string, Model extends string = string> {
  /** Named in explanations and errors. Default is the class name, else the place in the chain. */
  readonly name?: string;
  /** The routes it may answer with. Without it, each method is asked once about each model at start-up, without hints. */
  readonly routes?: readonly DeclaredRoute<Alias, Model>[];
  /** The alias that reads of the model go to. */
  dbForRead?(model: string, hints: Hints): Alias | undefined;
  /** The alias that writes of the model go to; inside a transaction, its reads too. */
  dbForWrite?(model: string, hints: Hints): Alias | undefined;
  /** `false` forbids operations that touch both models. `true` allows, but cannot make a join of two databases. */
  allowRelation?(model: string, other: string, hints: Hints): boolean | undefined;
  /** `false` keeps the migrations of a schema (`main`, `sessions`) out of the database `alias`. */
  allowMigrate?(alias: string, schema: string, hints: Hints): boolean | undefined;
  /**
   * Told after a write of the model has succeeded on `alias`, and after raw SQL, which may have written anything: without
   * a model. What it throws becomes a warning of the process.
   */
  onWrite?(alias: string, model: string | undefined, hints: Hints): void;
}

/** The methods that a router can have. */
export const ROUTER_METHODS = ['dbForRead', 'dbForWrite', 'allowRelation', 'allowMigrate', 'onWrite'] as const;

export const NO_HINTS: Hints = Object.freeze({});
