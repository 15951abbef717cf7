import { RouterError } from '../router-error.ts';
import type { Hints, Router } from '../router.ts';
import { keyHint } from './key-hint.ts';
import { keyPosition } from './key-position.ts';

export interface ShardByKeyOptions<Alias extends string, Model extends string> {
  /** The models that are spread. */
  readonly models: readonly Model[];
  /** The hint with the key, for instance `tenant`: a string, number or bigint. */
  readonly hint: string;
  readonly shards: readonly Alias[];
  /**
   * The shard of a key; has to answer the same for ever. Default is rendezvous hashing: with one shard more, the keys
   * that change over all go to that shard.
   */
  readonly shardOf?: (key: string) => Alias;
}

/**
 * Spreads models over databases by a key that comes as a hint. Without the hint it throws MISSING_HINT: an operation
 * that does not say whose rows it means could only be wrong.
 */
export function shardByKey<const Alias extends string, const Model extends string>(
  options: ShardByKeyOptions<Alias, Model>,
): Router<Alias, Model> {
  const { models, hint, shards, shardOf = (key: string) => rendezvous(key, shards) } = options;
  const spread: ReadonlySet<string> = new Set(models);
  if (shards.length === 0) throw new RouterError('INVALID_OPTION', 'shardByKey needs at least one shard.');
  const aliasFor = (model: string, hints: Hints): Alias | undefined => {
    if (!spread.has(model)) return undefined;
    const key = keyHint(hints, hint);
    if (key !== undefined) return shardFor(model, key);
    throw new RouterError(
      'MISSING_HINT',
      `'${model}' is spread over databases by '${hint}': give it with $hint({ ${hint} }).`,
    );
  };
  /** A table that lacks the key answers `undefined`, for all that its type says: that is not to become the default. */
  const shardFor = (model: string, key: string): Alias => {
    const alias: Alias | undefined = shardOf(key);
    if (alias !== undefined) return alias;
    throw new RouterError('NO_ROUTE', `shardOf has no shard for the '${hint}' of an operation on '${model}'.`);
  };
  return {
    name: `shards by ${hint}`,
    routes: models.flatMap((model) => shards.map((alias) => ({ model, alias }))),
    dbForRead: aliasFor,
    dbForWrite: aliasFor,
  };
}

function rendezvous<Alias extends string>(key: string, shards: readonly Alias[]): Alias {
  const weighed = shards.map((alias) => ({ alias, weight: keyPosition(`${alias}\n${key}`) }));
  return weighed.reduce((best, next) => (next.weight > best.weight ? next : best)).alias;
}
