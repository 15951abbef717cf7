import type { PrismaClientLike } from './prisma-client-like.ts';
import type { Hints } from './router.ts';

/** A transaction on one database. */
export interface RunningTransaction {
  readonly alias: string;
  /** The client inside of the transaction. */
  readonly client: PrismaClientLike;
  /** The core of the routed client that opened it. */
  readonly core: object;
  /** Models written so far, for the routers' onWrite after the commit. */
  readonly written: Set<string>;
  /** False once its function has settled; what still runs afterwards is outside of it. */
  open: boolean;
}

/** What travels with the asynchronous calls of a request. */
export interface RoutingContext {
  readonly hints: Hints;
  readonly transaction?: RunningTransaction;
}
