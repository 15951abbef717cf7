import type { Alias } from '@switchyard/databases';
import { openPostgres, type BenchPostgres } from './postgres.ts';
import { openRedis, type BenchRedis } from './redis.ts';

/** The servers of a run, each started when it is first asked for. */
export interface Stage {
  postgres(alias: Alias): Promise<BenchPostgres>;
  /** `undefined`: there is none, and what needs it is left out. */
  redis(): Promise<BenchRedis | undefined>;
  /** What was opened so far. */
  descriptions(): readonly string[];
  close(): Promise<void>;
}

export interface StageOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
}

export function openStage({ environment, say }: StageOptions): Stage {
  const servers = new Map<Alias, Promise<BenchPostgres>>();
  const descriptions: string[] = [];
  let redis: Promise<BenchRedis | undefined> | undefined;
  let closing: Promise<void> | undefined;
  const describe = (text: string): void => {
    descriptions.push(text);
    say(text);
  };

  const open = async (alias: Alias): Promise<BenchPostgres> => {
    const server = await openPostgres(alias, environment);
    describe(`${alias}: ${server.description}`);
    return server;
  };
  const findRedis = async (): Promise<BenchRedis | undefined> => {
    const found = await openRedis(environment);
    describe(found?.description ?? 'no Redis: neither REDIS_URL nor redis-server; what needs it is left out');
    return found;
  };

  const close = async (): Promise<void> => {
    const opened = await Promise.allSettled([...servers.values(), redis]);
    await Promise.all(opened.map((result) => (result.status === 'fulfilled' ? result.value?.close() : undefined)));
  };

  return {
    postgres: (alias) => {
      const server = servers.get(alias) ?? open(alias);
      servers.set(alias, server);
      return server;
    },
    redis: () => (redis ??= findRedis()),
    descriptions: () => descriptions,
    close: () => (closing ??= close()),
  };
}
