import { RouterError } from './router-error.ts';

/**
 * What the router asks of a client: a generated Prisma client, extended or not, or anything of its shape. The models
 * are its other members; their relations are read from the data model that each generated client carries.
 */
export interface PrismaClientLike {
  $connect(): Promise<void>;
  $disconnect(): Promise<void>;
  // The parameters differ from one generated client to the next; only the routed client's own types speak of them.
  $transaction(...args: never[]): Promise<unknown>;
}

/** The clients by alias, for instance `{ main, sessions }`. */
export type ClientsByAlias = Readonly<Record<string, PrismaClientLike>>;

/** The same as a bound for a type parameter, which also takes an interface. */
export type ClientsBound<Clients> = { readonly [Alias in keyof Clients]: PrismaClientLike };

/** One model of a client, as it is at run time. */
export type ModelDelegate = Readonly<Record<string, unknown>>;

/** The model (`session`) of a client; `undefined` where the client has no such model. */
export function delegateOf(client: PrismaClientLike, model: string): ModelDelegate | undefined {
  return (client as unknown as Record<string, ModelDelegate | undefined>)[model];
}

/** Calls a method of a client, of one of its models or of an operation's promise, by name. */
export function callMethod(target: object, method: string, args: readonly unknown[]): unknown {
  const members = target as Record<string, (...args: readonly unknown[]) => unknown>;
  const found = members[method];
  if (typeof found !== 'function')
    throw new RouterError('INVALID_CLIENT', `The client has no method '${method}' here.`);
  return found.apply(target, args as unknown[]);
}
