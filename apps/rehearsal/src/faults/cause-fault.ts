import { createClient } from '@switchyard/databases';
import type { Crew } from '../move/crew.ts';
import type { HelperProcess } from '../move/helper-process.ts';
import type { Verb } from '../move/steps.ts';
import { wait } from '../move/wait.ts';
import type { Cable } from '../stage/cable.ts';
import type { Stage } from '../stage/open-stage.ts';
import type { RedisServer } from '../stage/redis-server.ts';
import type { ShopProcess } from '../stage/shop-process.ts';
import { shopName, type Fault, type FaultKind } from './fault.ts';

/** What there is to go wrong. */
export interface World {
  readonly stage: Stage;
  /** Of a fenced move. */
  readonly crew: Crew | undefined;
  /** The controller that has, or had, the step's verb. */
  readonly atWork: () => HelperProcess;
  /** What somebody else might want in this step. */
  readonly opposite: Verb | undefined;
  readonly tell: (what: string) => void;
  readonly signal: AbortSignal;
  /** Told of what fails behind our back. */
  readonly onFault: (error: unknown) => void;
}

/** Resolves when everything is as it was, as far as that is not the business of the shop and the move. */
export type EndFault = () => Promise<void>;

type Cause = (fault: Fault, world: World) => Promise<EndFault>;

const nothing: EndFault = async () => undefined;

/** Begins a fault. */
export const causeFault: Cause = (fault, world) => CAUSES[fault.kind](fault, world);

const CAUSES: Readonly<Record<FaultKind, Cause>> = {
  'shop-kill': async ({ process }, { stage, tell, signal }) => {
    const shop = shopOf(stage, process);
    await shop.kill();
    return () => startAgain(shop, tell, signal);
  },
  'shop-stop': async ({ process }, { stage }) => {
    const resume = shopOf(stage, process).pause();
    return async () => resume();
  },
  'worker-kill': async (_fault, { crew, onFault }) => {
    const { worker } = crewOf(crew);
    await worker.kill();
    // Nobody waits for it: the move has to go on without it.
    return async () => void worker.start().catch(onFault);
  },
  'worker-stop': async (_fault, { crew }) => {
    const resume = crewOf(crew).worker.pause();
    return async () => resume();
  },
  'controller-kill': async (_fault, { atWork, onFault }) => {
    const controller = atWork();
    await controller.kill();
    void controller.start().catch(onFault);
    return nothing;
  },
  'controller-stop': async (_fault, { atWork, signal }) => {
    const controller = atWork();
    const resume = controller.pause();
    return async () => {
      resume();
      // It goes on with what it was at, beside the one that has taken over.
      await until(() => controller.isReady(), signal);
    };
  },
  'two-controllers': async (_fault, { crew, atWork, opposite, tell, signal }) => {
    const other = crewOf(crew).controllers.find((each) => each !== atWork());
    if (other === undefined || opposite === undefined) return nothing;
    await until(() => other.isReady(), signal);
    const outcome = other.give(opposite.verb, opposite.percent);
    return async () => tell(`the other controller's ${opposite.verb}: ${JSON.stringify(await outcome)}`);
  },
  'old-kill': (_fault, { stage }) => killDatabase(stage, 'main'),
  'new-kill': (_fault, { stage }) => killDatabase(stage, 'sessions'),
  'old-away': async ({ how }, { stage }) => disconnect(stage.network.allTo('old'), how),
  'new-away': async ({ how }, { stage }) => disconnect(stage.network.allTo('new'), how),
  'redis-kill': async (_fault, { stage }) => {
    const server = redisOf(stage);
    await server.kill();
    return () => server.start('nothing');
  },
  'redis-old-data': async (_fault, { stage }) => {
    const server = redisOf(stage);
    await server.kill();
    return () => server.start('saved');
  },
  partition: async ({ process, server, how }, { stage }) => {
    const cable = stage.network.between(process, server);
    return disconnect(cable === undefined ? [] : [cable], how);
  },
  'slow-replies': async ({ process, server, delayMs }, { stage }) => {
    const cable = stage.network.between(process, server);
    cable?.slow(delayMs);
    return async () => cable?.mend();
  },
  'long-transaction': async ({ server, how }, { stage }) => {
    const { main, sessions } = stage.databases.servers;
    const client = createClient((server === 'new' ? sessions : main).url, 'somebody else');
    client.on('error', () => undefined);
    await client.connect();
    await client.query('begin');
    // Whoever reads keeps a fence from being changed; whoever holds rows keeps them from being written, too.
    await client.query('select from session_fence limit 1');
    await client.query(how === 'cut' ? 'select from session limit 1' : 'select from session for update');
    return async () => {
      // Its server may have been killed beside.
      await client.query('commit').catch(() => undefined);
      await client.end();
    };
  },
};

function shopOf({ fleet }: Stage, name: string): ShopProcess {
  const shop = fleet.processes.find((_, index) => shopName(index) === name);
  if (shop === undefined) throw new Error(`there is no ${name}`);
  return shop;
}

function crewOf(crew: Crew | undefined): Crew {
  if (crew === undefined) throw new Error('nobody carries this move out');
  return crew;
}

function redisOf({ cache }: Stage): RedisServer {
  if (cache.server === undefined) throw new Error('there is no Redis');
  return cache.server;
}

async function killDatabase({ databases }: Stage, alias: 'main' | 'sessions'): Promise<EndFault> {
  const server = databases.servers[alias];
  await server.kill();
  return () => server.start();
}

function disconnect(cables: readonly Cable[], how: Fault['how']): EndFault {
  for (const cable of cables)
    if (how === 'cut') cable.cut();
    else cable.hold();
  return async () => {
    for (const cable of cables) {
      // What was on its way is lost, as a network loses it.
      cable.cut();
      cable.mend();
    }
  };
}

const AGAIN_MS = 50;
const GIVE_UP_MS = 20_000;

/** As whatever supervises it does: until it starts. What it needs may be away, too. */
async function startAgain(shop: ShopProcess, tell: World['tell'], signal: AbortSignal): Promise<void> {
  for (const giveUpAt = performance.now() + GIVE_UP_MS; ; await wait(AGAIN_MS, signal)) {
    try {
      return await shop.start();
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      tell('it did not start, and is started again');
    }
  }
}

async function until(condition: () => boolean, signal: AbortSignal): Promise<void> {
  for (const giveUpAt = performance.now() + GIVE_UP_MS; !condition(); await wait(AGAIN_MS, signal))
    if (performance.now() > giveUpAt) throw new Error(`a controller was not done after ${GIVE_UP_MS / 1_000} s`);
}
