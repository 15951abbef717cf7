import { rm } from 'node:fs/promises';
import { findProjectFolder, makeTemporaryFolder } from '@switchyard/databases';
import { shopName } from '../faults/fault.ts';
import { CREW_SERVERS, createCrew, type Crew } from '../move/crew.ts';
import type { Word } from '../move/messages.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { createNetwork, through, type Network, type ServerName } from './network.ts';
import { bundlePrograms, programsIn } from './programs.ts';
import { openSessionCache, type SessionCache } from './session-cache.ts';
import { openTwoDatabases, type TwoDatabases } from './two-databases.ts';

/** Everything that a rehearsal runs on. */
export interface Stage {
  readonly databases: TwoDatabases;
  readonly cache: SessionCache;
  readonly network: Network;
  readonly fleet: Fleet;
  /** `undefined` where the move is made by flags. */
  readonly crew: Crew | undefined;
  /** Ends everything that was started here, and leaves nothing behind. */
  close(): Promise<void>;
}

export interface StageOptions {
  readonly shoppers: number;
  readonly flagDelaysMs: readonly number[];
  readonly sessionAgeSeconds: number;
  readonly hasCrew: boolean;
  /** Whether the shop is to use the naive store. */
  readonly isNaive: boolean;
  readonly template: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  /** Told what the processes write. */
  readonly onOutput: (chunk: Buffer) => void;
  readonly onCrewEvent: (event: Extract<Word, { kind: 'event' }>) => void;
  /** Told of what ends by itself, and fails behind our back. */
  readonly onFault: (error: unknown) => void;
  /** Throws when the rehearsal is not wanted any more. */
  readonly checkpoint: () => void;
}

/** Resolves when the first process of the shop is open; others may still be on their way. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer();
  };
  const opened = <T extends { close(): Promise<void> }>(thing: T): T => {
    closers.push(() => thing.close());
    return thing;
  };
  const { flagDelaysMs, shoppers, template, onOutput, onFault, checkpoint } = options;
  try {
    const project = findProjectFolder();
    const folder = makeTemporaryFolder('switchyard-rehearsal-');
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const [databases, programs] = await Promise.all([
      openTwoDatabases({ project, folder, shoppers, template }).then(opened),
      template === undefined ? bundlePrograms(project, folder) : programsIn(template),
    ]);
    checkpoint();
    const cache = opened(await openSessionCache(folder));
    checkpoint();
    const network = createNetwork();
    const { main, sessions } = databases.servers;
    const ports: Readonly<Record<ServerName, number>> = {
      old: main.port,
      new: sessions.port,
      redis: cache.server?.port ?? 0,
    };
    const machine = machineOf(options.environment);
    const urlFor = async (process: string, server: ServerName): Promise<string> => {
      const url = { old: main.url, new: sessions.url, redis: 'redis://127.0.0.1' }[server];
      return through(await network.lay(process, server, ports[server]), url);
    };

    const fleet = await createFleet({
      project,
      programs,
      processes: await Promise.all(
        flagDelaysMs.map(async (flagDelayMs, index) => {
          const name = shopName(index);
          const environment = {
            OLD_SESSIONS_DATABASE_URL: await urlFor(name, 'old'),
            SESSIONS_DATABASE_URL: await urlFor(name, 'new'),
            ...(cache.server !== undefined && { REDIS_URL: await urlFor(name, 'redis') }),
          };
          return { flagDelayMs, environment };
        }),
      ),
      environment: {
        ...machine,
        // The shop's own way, which no fault of the sessions' concerns.
        MAIN_DATABASE_URL: main.url,
        SESSION_CACHE: cache.server === undefined ? 'off' : 'redis',
        SESSION_TTL_SECONDS: String(options.sessionAgeSeconds),
        ...(options.isNaive && {
          SWITCHYARD_STORE_MODULE: programs.fileOf('naive-store'),
        }),
      },
      onOutput,
      onEnd: onFault,
    });
    closers.push(() => fleet.stop());
    const crew = options.hasCrew
      ? await createCrew({
          project,
          programs,
          environmentOf: async (name) => {
            const [old, fresh] = await Promise.all(CREW_SERVERS.map((server) => urlFor(name, server)));
            return { ...machine, MAIN_DATABASE_URL: old, SESSIONS_DATABASE_URL: fresh };
          },
          onOutput,
          onEvent: options.onCrewEvent,
          onFault,
        })
      : undefined;
    if (crew !== undefined) closers.push(() => crew.stop());
    // First of all: what waits for a server that does not answer is to hear of it.
    opened(network);
    const started = fleet.open();
    void crew?.start().catch(onFault);
    await started;
    checkpoint();
    return { databases, cache, network, fleet, crew, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What says how this machine works, and nothing that would configure the shop: that must not depend on who runs this. */
const machineOf = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot'].map((name) => [name, environment[name]]));
