import { createHelperProcess, type HelperProcess } from './helper-process.ts';
import type { Word } from './messages.ts';
import type { ServerName } from '../stage/network.ts';
import type { Programs } from '../stage/programs.ts';

/** Who carries out a fenced move: the worker, and two controllers, of whom one is at work and the other takes over. */
export interface Crew {
  readonly worker: HelperProcess;
  readonly controllers: readonly [HelperProcess, HelperProcess];
  /** Resolves when all are ready. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface CrewOptions {
  readonly project: string;
  readonly programs: Programs;
  /** What is different about each: where its databases are. */
  readonly environmentOf: (name: string) => Promise<NodeJS.ProcessEnv>;
  readonly onOutput: (chunk: Buffer) => void;
  readonly onEvent: (event: Extract<Word, { kind: 'event' }>) => void;
  readonly onFault: (error: unknown) => void;
}

export const CREW_SERVERS: readonly ServerName[] = ['old', 'new'];

export async function createCrew({ environmentOf, ...common }: CrewOptions): Promise<Crew> {
  const create = async (name: string, program: 'controller' | 'worker'): Promise<HelperProcess> =>
    createHelperProcess({ ...common, name, program, environment: await environmentOf(name) });
  const worker = await create('worker', 'worker');
  const controllers = [await create('controller 1', 'controller'), await create('controller 2', 'controller')] as const;
  const all = [worker, ...controllers];
  return {
    worker,
    controllers,
    start: async () => void (await Promise.all(all.map((process) => process.start()))),
    stop: async () => void (await Promise.all(all.map((process) => process.stop()))),
  };
}
