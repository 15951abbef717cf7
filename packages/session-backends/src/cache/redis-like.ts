/** The part of an ioredis client (or Cluster) that scripts need. */
export interface ScriptedRedis {
  evalsha(sha: string, keyCount: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
  eval(script: string, keyCount: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
}

/** The part of an ioredis client (or Cluster) that a cache needs. */
export interface RedisLike extends ScriptedRedis {
  /** True for a Cluster: the keys of a command have to be on one node, so that each key goes by itself. */
  readonly isCluster?: boolean;
  mget(...keys: string[]): Promise<unknown>;
  /** Sets it where there is nothing, and answers what there was; not before Redis 7.0. */
  set(key: string, value: string, px: 'PX', ms: number, nx: 'NX', get: 'GET'): Promise<unknown>;
}
