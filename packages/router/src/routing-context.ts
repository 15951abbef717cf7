import type { PrismaClientLike } from './prisma-client-like.ts';
import type { Hints } from './router.ts';

/** A transaction on one database. */
export interface RunningTransaction {
  readonly alias: string;
  /** The client inside of the transaction. */
  readonly client: PrismaClientLike;
  /** The core of the routed client that opened it. */
  readonly core: object;
  /** Models written so far, for the routers' onWrite after the commit; `undefined` for raw SQL. */
  readonly written: Set<string | undefined>;
  /** The transaction that this one was started in, which goes on when this one has ended. */
  readonly around: RunningTransaction | undefined;
  /** False once its function has settled; what still runs afterwards is outside of it. */
  open: boolean;
}

/** What travels with the asynchronous calls of a request. */
export interface RoutingContext {
  readonly hints: Hints;
  readonly transaction?: RunningTransaction;
}
