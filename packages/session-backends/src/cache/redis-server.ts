import type { RedisLike } from './redis-like.ts';

/** The part of an ioredis `Redis` that is used to watch its server. */
export interface RedisConnection extends RedisLike {
  readonly status: string;
  duplicate(options: RedisConnectionOptions): RedisConnection;
  info(section: 'server'): Promise<string>;
  on(event: 'ready' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  disconnect(): void;
}

/** The part of an ioredis `Cluster` that is used. */
export interface RedisClusterConnection extends RedisLike {
  /** True. */
  readonly isCluster: boolean;
  readonly status: string;
}

export const isCluster = (redis: RedisConnection | RedisClusterConnection): redis is RedisClusterConnection =>
  redis.isCluster === true;

export interface RedisConnectionOptions {
  readonly enableOfflineQueue: boolean;
  readonly autoResendUnfulfilledCommands: boolean;
  readonly lazyConnect: boolean;
}

export interface RedisServerOptions {
  /** How long a command may take, in milliseconds. Default is 250. */
  readonly timeoutMs?: number;
  /** After this many failures in a row the server is left alone. Default is 5. */
  readonly failures?: number;
  /** How often a server that is left alone is asked whether it is back, in milliseconds. Default is 500. */
  readonly probeMs?: number;
  readonly onError?: (error: unknown) => void;
}

/** A Redis server that is known by the identity of its run, and left alone while it does not answer. */
export interface RedisServer extends RedisLike {
  /** What the server calls its run: another one after a restart or a failover. `undefined` while it is not to be used. */
  name(): string | undefined;
  close(): void;
}

const REFUSED = 'Redis is left alone until it answers again';

/**
 * Uses a connection of its own. A command belongs to the run of the server that it was meant for: it is neither kept
 * until a connection is there nor sent again to whatever server comes next.
 */
export function redisServer(
  redis: RedisConnection | RedisClusterConnection,
  options: RedisServerOptions = {},
): RedisServer {
  const { timeoutMs = 250, failures = 5, probeMs = 500, onError = () => undefined } = options;
  const connection = isCluster(redis) ? redis : watch(redis, onError);
  let failed = 0;
  let probe: NodeJS.Timeout | undefined;
  let closed = false;

  const isOpen = (): boolean => failed < failures;

  const guarded = async (send: () => Promise<unknown>): Promise<unknown> => {
    if (!isOpen()) throw new Error(REFUSED);
    try {
      const answer = await within(timeoutMs, send());
      failed = 0;
      return answer;
    } catch (error) {
      // An answer that says no is an answer.
      if (isReply(error)) failed = 0;
      else if (++failed === failures) probeLater();
      throw error;
    }
  };

  const probeLater = (): void => {
    if (closed) return;
    probe = setTimeout(() => {
      within(timeoutMs, connection.eval('return 1', 1, 'switchyard-probe')).then(() => (failed = 0), probeLater);
    }, probeMs);
    probe.unref();
  };

  return {
    isCluster: isCluster(redis),
    evalsha: (sha, count, ...rest) => guarded(() => connection.evalsha(sha, count, ...rest)),
    eval: (script, count, ...rest) => guarded(() => connection.eval(script, count, ...rest)),
    mget: (...keys) => guarded(() => connection.mget(...keys)),
    set: (...args) => guarded(() => connection.set(...args)),
    name: () =>
      isOpen() && connection.status === 'ready' ? ('run' in connection ? connection.run() : CLUSTER) : undefined,
    close: () => {
      closed = true;
      clearTimeout(probe);
      if ('run' in connection) connection.disconnect();
    },
  };
}

/** A cluster has no run of its own: what its entries live through is limited by their age. */
const CLUSTER = 'cluster';

interface Watched extends RedisLike {
  readonly status: string;
  run(): string | undefined;
  disconnect(): void;
}

function watch(redis: RedisConnection, onError: (error: unknown) => void): Watched {
  const own = redis.duplicate({ enableOfflineQueue: false, autoResendUnfulfilledCommands: false, lazyConnect: false });
  let run: string | undefined;
  let connections = 0;
  const forget = (): void => {
    run = undefined;
    connections++;
  };
  const identify = async (): Promise<void> => {
    forget();
    const mine = connections;
    try {
      const name = /^run_id:(\w+)/m.exec(await own.info('server'))?.[1];
      if (mine === connections) run = name;
    } catch (error) {
      onError(error);
    }
  };
  own.on('ready', () => void identify());
  own.on('close', forget);
  own.on('error', onError);
  if (own.status === 'ready') void identify();
  return {
    get status() {
      return own.status;
    },
    run: () => run,
    evalsha: (sha, count, ...rest) => own.evalsha(sha, count, ...rest),
    eval: (script, count, ...rest) => own.eval(script, count, ...rest),
    mget: (...keys) => own.mget(...keys),
    set: (...args) => own.set(...args),
    disconnect: () => own.disconnect(),
  };
}

function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Redis did not answer within ${ms} ms`)), ms);
    answer.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

const isReply = (error: unknown): boolean => (error as { name?: unknown } | null)?.name === 'ReplyError';
