import { callMethod, type ClientsByAlias, type PrismaClientLike } from './prisma-client-like.ts';
import { quoted } from './quoted.ts';
import { RouterError } from './router-error.ts';

/** Told an event and the alias of the client that it happened on. */
export type LogListener = (event: unknown, alias: string) => void;

/** Does it for every client, also after one has failed; throws the first failure. */
export async function all(clients: ClientsByAlias, act: (client: PrismaClientLike) => Promise<void>): Promise<void> {
  const outcomes = await Promise.allSettled(Object.values(clients).map(act));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/** Has every client call the listener. */
export function listen(clients: ClientsByAlias, event: string, listener: LogListener): void {
  const deaf = Object.entries(clients).filter(([, client]) => !('$on' in client) || client.$on === undefined);
  if (deaf.length > 0) {
    const names = quoted(deaf.map(([alias]) => alias));
    throw new RouterError(
      'INVALID_CLIENT',
      `${names} has no $on, as clients that $extends made: listen before extending.`,
    );
  }
  for (const [alias, client] of Object.entries(clients)) {
    callMethod(client, '$on', [event, (received: unknown) => listener(received, alias)]);
  }
}

/** The clients, extended: by a function for each of them, or all of them by one extension. */
export function extendClients(clients: ClientsByAlias, extension: object): ClientsByAlias {
  const byAlias = new Map<string, unknown>(Object.entries(extension));
  const functions = [...byAlias.values()].filter((value) => typeof value === 'function').length;
  const isByAlias = functions === byAlias.size;
  // Of a mixture of the two, Prisma would take no notice of the functions.
  if (byAlias.size === 0 || (functions > 0 && !isByAlias)) {
    throw new RouterError(
      'INVALID_OPTION',
      '$extends takes { query: … } for all clients, or a function for each alias.',
    );
  }
  if (isByAlias) checkAliases(clients, [...byAlias.keys()]);
  const extend = ([alias, client]: [string, PrismaClientLike]): [string, PrismaClientLike] => {
    const own = byAlias.get(alias);
    if (!isByAlias) return [alias, callMethod(client, '$extends', [extension]) as PrismaClientLike];
    return [alias, typeof own === 'function' ? (own(client) as PrismaClientLike) : client];
  };
  return Object.fromEntries(Object.entries(clients).map(extend));
}

function checkAliases(clients: ClientsByAlias, aliases: readonly string[]): void {
  const unknown = aliases.find((alias) => !(alias in clients));
  if (unknown === undefined) return;
  throw new RouterError('UNKNOWN_ALIAS', `$extends names '${unknown}'; known are ${quoted(Object.keys(clients))}.`);
}
