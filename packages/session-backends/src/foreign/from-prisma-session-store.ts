import type { SessionStore } from '../store.ts';
import type { ExpressStoreLike } from './express-store.ts';
import {
  fromExpressSessionStore,
  type FromExpressSessionStoreOptions,
  type StoredExpiry,
} from './from-express-session-store.ts';

export interface FromPrismaSessionStoreOptions extends Omit<
  FromExpressSessionStoreOptions,
  'expiryOf' | 'verifyWrites'
> {
  /** The Prisma client that the store was made with. */
  readonly prisma: object;
  /** As the store's own option. Default is "session". */
  readonly sessionModelName?: string;
}

interface ModelLike {
  findUnique(args: {
    readonly where: { readonly sid: string };
    readonly select: { readonly expiresAt: true };
  }): Promise<{ readonly expiresAt: Date } | null>;
}

/**
 * The sessions of a prisma-session-store, as `fromExpressSessionStore` has them. When a session ends is what its row
 * says. The library takes a database that does not answer for sessions that do not exist, and for writes that were done:
 * so the row is asked for, too, and each write is looked after.
 * @throws {TypeError} for a client without that model
 */
export function fromPrismaSessionStore(
  library: ExpressStoreLike,
  { prisma, sessionModelName = 'session', ...options }: FromPrismaSessionStoreOptions,
): SessionStore {
  const model: unknown = Reflect.get(prisma, sessionModelName);
  if (typeof (model as Partial<ModelLike> | undefined)?.findUnique !== 'function')
    throw new TypeError(`fromPrismaSessionStore: the client has no model "${sessionModelName}"`);
  const expiryOf = async (sid: string): Promise<StoredExpiry> => {
    const row = await (model as ModelLike).findUnique({ where: { sid }, select: { expiresAt: true } });
    return row === null ? 'absent' : row.expiresAt;
  };
  return fromExpressSessionStore(library, { ...options, expiryOf, verifyWrites: true });
}
