/** The part of an ioredis client (or Cluster) that is used. */
export interface RedisLike {
  /** True for a Cluster: the keys of a command have to be on one node, so that each key goes by itself. */
  readonly isCluster?: boolean;
  evalsha(sha: string, keyCount: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
  eval(script: string, keyCount: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
}
