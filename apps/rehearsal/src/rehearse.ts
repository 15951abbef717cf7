import { checkHistory, type HistoryReport } from './history/check-history.ts';
import { createHistory, type History } from './history/history.ts';
import { drawFlagDelays } from './move/draw-flag-delays.ts';
import { planSteps, type Plan } from './move/plan.ts';
import { walkFenced } from './move/walk-fenced.ts';
import { countRows, walkSteps } from './move/walk-steps.ts';
import type { Options } from './options.ts';
import { createRandom, type Random } from './random.ts';
import { createRecorder, type Recorder } from './report/recorder.ts';
import type { Progress } from './report/progress.ts';
import type { Report } from './report/report.ts';
import { startCrowd } from './shopper/crowd.ts';
import { createHttpClient, type HttpClient } from './shopper/http-client.ts';
import { createShopper, type Shopper } from './shopper/shopper.ts';
import { leastAgeMs } from './shopper/visit.ts';
import { openStage, type Stage } from './stage/open-stage.ts';

export interface RehearseContext {
  readonly progress: Progress;
  /** Aborted with the error that the rehearsal then ends with. */
  readonly closing: AbortController;
  readonly environment: NodeJS.ProcessEnv;
  /** Told what the shop's processes write. */
  readonly onShopOutput: (chunk: Buffer) => void;
}

/** Streams of chance beside those of the shoppers, which count up from zero. */
const STREAMS = { flagDelays: -1, crowd: -2, evictions: -3 } as const;

const THINGS_PER_SECOND = 60;
const EVICT_EVERY_MS = 500;
const EVICTED_PART = 0.1;

/**
 * Opens the shop, lets shoppers in, moves the sessions under them, and looks at every basket at last. Whatever happens,
 * everything that was started is ended.
 * @throws {RehearsalError | DatabaseError} what to do about it
 */
export async function rehearse(options: Options, context: RehearseContext): Promise<Report> {
  const { progress, closing, environment, onShopOutput } = context;
  const { signal } = closing;
  const plan = planSteps(options);
  progress.say('Starting two databases, a cache and the shop …');
  const stage = await openStage({
    shoppers: options.shoppers,
    flagDelaysMs: drawFlagDelays(
      options.processes,
      options.staggerMs ?? 0,
      createRandom(options.seed, STREAMS.flagDelays),
    ),
    sessionAgeSeconds: plan.sessionAgeSeconds,
    environment,
    onShopOutput,
    onShopEnd: (error) => closing.abort(error),
    checkpoint: () => signal.throwIfAborted(),
  });
  try {
    return await rehearseOn(stage, plan, options, context);
  } finally {
    progress.say('Stopping everything …');
    await stage.close();
  }
}

async function rehearseOn(
  stage: Stage,
  plan: Plan,
  options: Options,
  { progress, closing }: RehearseContext,
): Promise<Report> {
  const { signal } = closing;
  const recorder = createRecorder(() => performance.now());
  const history = createHistory({ now: () => performance.now() });
  const since = performance.now();
  const onStep = (name: string): void => {
    progress.say(`• ${name}`);
    recorder.beginStep(name);
  };
  const servers = stage.fleet.processes.map(({ port }) => createHttpClient(port));
  const evicting = keepEvicting(stage, createRandom(options.seed, STREAMS.evictions), (error) => closing.abort(error));
  onStep('baseline');
  progress.follow(recorder);
  const crowd = startCrowd({
    shoppers: createShoppers(stage, plan, options, recorder, history, servers),
    thingsPerSecond: THINGS_PER_SECOND,
    random: createRandom(options.seed, STREAMS.crowd),
    onFault: (error) => closing.abort(error),
  });
  try {
    const walk = options.isFenced ? walkFenced : walkSteps;
    const walked = await walk({
      stage,
      plan,
      isCareful: options.staggerMs === undefined,
      onStep,
      onFault: (error) => closing.abort(error),
      signal,
    });
    onStep('last look at every basket');
    await crowd.stop();
    await crowd.lookEverywhere();
    onStep('the same with an empty cache');
    await stage.cache.empty();
    await crowd.lookEverywhere();
    signal.throwIfAborted();
    const rows = { ...walked.comparison, emptied: walked.emptied, writtenAfterwards: await countRows(stage) };
    const checked = checkHistory(history, { ageMs: leastAgeMs(plan.sessionAgeSeconds * 1_000), since });
    return report(stage, plan, options, recorder, checked, rows);
  } finally {
    clearInterval(evicting);
    await crowd.stop();
    servers.forEach((server) => server.close());
    progress.stop();
  }
}

/** A cache that never forgets would hide for the length of a rehearsal what the databases have lost. */
const keepEvicting = (stage: Stage, random: Random, onFault: (error: unknown) => void): NodeJS.Timeout =>
  setInterval(() => void stage.cache.evict(EVICTED_PART, random).catch(onFault), EVICT_EVERY_MS);

function createShoppers(
  stage: Stage,
  plan: Plan,
  options: Options,
  recorder: Recorder,
  history: History,
  servers: readonly HttpClient[],
): Shopper[] {
  const { accounts, productIds } = stage.stock;
  return accounts.map((account, shopper) =>
    createShopper({
      shopper,
      random: createRandom(options.seed, shopper),
      servers,
      productIds,
      account,
      ageMs: plan.sessionAgeSeconds * 1_000,
      witness: recorder.witness,
      history,
      now: () => performance.now(),
    }),
  );
}

function report(
  stage: Stage,
  plan: Plan,
  options: Options,
  recorder: Recorder,
  checked: HistoryReport,
  rows: Report['rows'],
): Report {
  const { isFenced, shoppers, seconds, processes, seed, staggerMs } = options;
  return {
    ...recorder.tally(),
    ...checked,
    steps: recorder.steps(),
    rows,
    findings: recorder.findings(),
    seed,
    options: { isFenced, shoppers, seconds, processes, seed, staggerMs, sessionAgeSeconds: plan.sessionAgeSeconds },
    processes: stage.fleet.processes.map(({ pid, port, flagDelayMs }) => ({ pid, port, flagDelayMs })),
    cache: stage.cache.description,
  };
}
