import { Gauge, type Registry } from 'prom-client';
import type { MoveFlagValues } from '@switchyard/flags';

/** The part of `pg.Pool` that is looked at. */
export interface PoolLike {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly options: { readonly max: number };
}

export interface GaugeSources {
  /** By the name that the metrics give them. */
  readonly pools: Readonly<Record<string, PoolLike>>;
  /** The flags as this process sees them. */
  readonly flags: () => Promise<MoveFlagValues>;
  readonly isMoving: () => boolean;
  readonly highestEpoch: () => number;
  readonly version: string;
}

/** What is looked at when it is asked for. */
export function shopGauges(registry: Registry, { pools, flags, isMoving, highestEpoch, version }: GaugeSources): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number): Gauge =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });

  new Gauge({
    name: 'shop_database_pool_connections',
    help: 'Connections of each pool of this process, by state: busy or idle',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      for (const [pool, { totalCount, idleCount }] of Object.entries(pools)) {
        this.set({ pool, state: 'busy' }, totalCount - idleCount);
        this.set({ pool, state: 'idle' }, idleCount);
      }
    },
  });
  new Gauge({
    name: 'shop_database_pool_connections_max',
    help: 'Connections that each pool may have (DATABASE_CONNECTIONS)',
    labelNames: ['pool'],
    registers,
    collect() {
      for (const [pool, { options }] of Object.entries(pools)) this.set({ pool }, options.max);
    },
  });
  new Gauge({
    name: 'shop_database_pool_waiting',
    help: 'Queries that wait for a connection of the pool',
    labelNames: ['pool'],
    registers,
    collect() {
      for (const [pool, { waitingCount }] of Object.entries(pools)) this.set({ pool }, waitingCount);
    },
  });
  new Gauge({
    name: 'shop_flag_enabled',
    help: 'The flags of the move as this process sees them: 1 on, 0 off',
    labelNames: ['flag'],
    registers,
    async collect() {
      const { migrationFlag, newDbRouterFlag } = await flags();
      this.set({ flag: 'migration_flag' }, Number(migrationFlag));
      this.set({ flag: 'new_db_router_flag' }, Number(newDbRouterFlag));
    },
  });
  gauge('shop_session_move_claimed', 'Whether this process knows of a fenced move: then the fences decide', () =>
    Number(isMoving()),
  );
  gauge('shop_session_epoch', 'Highest epoch that fences have shown this process to serve; 0: none yet', highestEpoch);
  new Gauge({
    name: 'shop_build_info',
    help: 'Always 1; the label says what runs',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
}
