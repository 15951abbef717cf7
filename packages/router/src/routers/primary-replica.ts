import { RouterError } from '../router-error.ts';
import type { Hints, Router } from '../router.ts';
import { createReadYourWrites, type ReadYourWritesOptions } from './read-your-writes.ts';
import { createReplicaHealth, type ReplicaHealthOptions } from './replica-health.ts';

export interface PrimaryReplicaOptions<Alias extends string, Model extends string> {
  readonly primary: Alias;
  /** Copies of the primary that serve reads. */
  readonly replicas: readonly Alias[];
  /** Default is every model; let routers before this one take out what the primary does not have. */
  readonly models?: readonly Model[];
  /** Default is in turn, and within one request the same while it is fit, so that time does not run backwards in it. */
  readonly pick?: (replicas: readonly Alias[], hints: Hints) => Alias;
  /** Keeps a reader on the primary until the replica has what it wrote. Default: replicas serve every read. */
  readonly readYourWrites?: ReadYourWritesOptions;
  /**
   * Leaves out replicas that do not answer or are too far behind, until they are back. Reads go to the primary while none
   * is left. Default: every replica serves reads, whatever state it is in.
   */
  readonly health?: ReplicaHealthOptions;
}

/**
 * Sends reads to replicas and writes to their primary. Transactions run on the primary. A relation is joined on whatever
 * copy the operation is on.
 */
export function primaryReplica<const Alias extends string, const Model extends string = never>(
  options: PrimaryReplicaOptions<Alias, Model>,
): Router<Alias, NoInfer<Model>> {
  const { primary, replicas, models, pick = createPick() } = options;
  if (replicas.length === 0) throw new RouterError('INVALID_OPTION', 'primaryReplica needs at least one replica.');
  if (replicas.includes(primary)) throw new RouterError('INVALID_OPTION', `The primary '${primary}' is no replica.`);
  const served: ReadonlySet<string> | undefined = models && new Set<string>(models);
  const copies: readonly Alias[] = [primary, ...replicas];
  const writes = options.readYourWrites && createReadYourWrites(options.readYourWrites);
  const health = options.health && createReplicaHealth(options.health);
  const serves = (model: string): boolean => served?.has(model) ?? true;

  function aliasForRead(hints: Hints): Alias {
    const joined = copies.find((alias) => alias === hints.joinedTo);
    if (joined !== undefined) return joined;
    const fit = replicas.filter(
      (replica) => health?.isFit(replica) !== false && writes?.mayRead(replica, hints) !== false,
    );
    return fit.length === 0 ? primary : pick(fit, hints);
  }

  return {
    name: `replicas of ${primary}`,
    routes: models === undefined ? copies.map((alias) => ({ alias })) : models.flatMap(routesOf),
    dbForRead: (model, hints) => (serves(model) ? aliasForRead(hints) : undefined),
    dbForWrite: (model) => (serves(model) ? primary : undefined),
    // A replica gets its tables from its primary.
    allowMigrate: (alias) => (replicas.some((replica) => replica === alias) ? false : undefined),
    ...(writes && {
      onWrite: (alias: string, _model: string | undefined, hints: Hints) => {
        if (alias === primary) writes.wrote(hints);
      },
    }),
  };

  function routesOf(model: Model): { model: Model; alias: Alias }[] {
    return copies.map((alias) => ({ model, alias }));
  }
}

function createPick(): <Alias extends string>(replicas: readonly Alias[], hints: Hints) => Alias {
  const byRequest = new WeakMap<object, string>();
  let turn = 0;
  return (replicas, { request }) => {
    const before = request && byRequest.get(request.whole);
    const same = replicas.find((replica) => replica === before);
    if (same !== undefined) return same;
    const next = replicas[turn++ % replicas.length] as (typeof replicas)[number];
    if (request) byRequest.set(request.whole, next);
    return next;
  };
}
