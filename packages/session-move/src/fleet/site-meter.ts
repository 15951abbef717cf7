import type { SessionCache } from '@switchyard/session-backends';
import type { Fence, Site, SiteName } from '@switchyard/session-backends/fence';
import { reasonOf } from '../worker/watch-side.ts';

/** What one process has seen of one database since its last report. */
export interface SideReport {
  readonly statements: number;
  readonly errors: number;
  /** Sessions that a load has found there. */
  readonly reads: number;
  /** Changes of sessions that were made there. */
  readonly writes: number;
  /** The errors by their code: an SQLSTATE, the network's code or the error's name. */
  readonly errorCodes: Readonly<Record<string, number>>;
  /** In milliseconds; 0 without statements. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What one process has seen of its session cache since its last report. */
export interface CacheReport {
  /** Loads that the cache has answered. */
  readonly reads: number;
  /** Loads that it has passed on to the databases. */
  readonly misses: number;
  readonly errors: number;
}

/** What one process tells of itself. */
export interface ProcessReport {
  /** The time that the report is about. */
  readonly windowMs: number;
  /** The lowest and the highest epoch that fences have shown it since the last report; 0 when it has asked none. */
  readonly lowestEpoch: number;
  readonly highestEpoch: number;
  readonly sides: Readonly<Record<SiteName, SideReport>>;
  /** Null: the process has no cache. */
  readonly cache: CacheReport | null;
}

/** Measures what a process does at the sites of its store. */
export interface SiteMeter {
  /** The same site, measured. */
  watch(site: Site): Site;
  /** The same cache, measured. */
  watchCache(cache: SessionCache): SessionCache;
  /** What has been measured since the last call. */
  take(): ProcessReport;
  /** The highest epoch that has ever been seen to serve; 0 at the start. */
  highestEpoch(): number;
}

/** Enough for a p99; what is beyond takes the place of earlier ones. */
const SAMPLES = 2_000;

interface Side {
  statements: number;
  errors: number;
  reads: number;
  writes: number;
  readonly errorCodes: Record<string, number>;
  readonly tookMs: number[];
}

const emptySide = (): Side => ({ statements: 0, errors: 0, reads: 0, writes: 0, errorCodes: {}, tookMs: [] });

export function siteMeter(now: () => number = () => performance.now()): SiteMeter {
  let sides: Record<SiteName, Side> = { old: emptySide(), new: emptySide() };
  let lowest = Number.POSITIVE_INFINITY;
  let highest = 0;
  let highestEver = 0;
  let cached: { -readonly [K in keyof CacheReport]: CacheReport[K] } | undefined;
  let since = now();

  const see = ({ epoch, state }: Fence): void => {
    if (state !== 'auth') return;
    lowest = Math.min(lowest, epoch);
    highest = Math.max(highest, epoch);
    highestEver = Math.max(highestEver, epoch);
  };

  const measure = async <T>(name: SiteName, send: () => Promise<T>): Promise<T> => {
    const startedAt = now();
    const side = sides[name];
    try {
      return await send();
    } catch (error) {
      side.errors++;
      const code = reasonOf(error);
      side.errorCodes[code] = (side.errorCodes[code] ?? 0) + 1;
      throw error;
    } finally {
      side.tookMs[side.statements++ % SAMPLES] = now() - startedAt;
    }
  };

  const seen = async <R extends { readonly fence: Fence }>(results: Promise<readonly R[]>): Promise<readonly R[]> => {
    const answers = await results;
    for (const { fence } of answers) see(fence);
    return answers;
  };

  return {
    watch: (site) => ({
      name: site.name,
      fences: () => measure(site.name, () => site.fences()),
      load: async (keys) => {
        const loads = await measure(site.name, () => seen(site.load(keys)));
        sides[site.name].reads += loads.filter(({ row }) => row?.live === true).length;
        return loads;
      },
      write: async (writes) => {
        const results = await measure(site.name, () => seen(site.write(writes)));
        sides[site.name].writes += results.filter(({ version }) => version !== undefined).length;
        return results;
      },
      copy: (copies) => measure(site.name, () => site.copy(copies)),
    }),
    watchCache: (cache) => {
      const counts = (cached ??= { reads: 0, misses: 0, errors: 0 });
      const counted = async <T>(work: Promise<T>): Promise<T> => {
        try {
          return await work;
        } catch (error) {
          counts.errors++;
          throw error;
        }
      };
      return {
        get: async (keys) => {
          const answers = await counted(cache.get(keys));
          const misses = answers.filter(({ status }) => status === 'miss').length;
          counts.misses += misses;
          counts.reads += answers.length - misses;
          return answers;
        },
        fill: (fills) => counted(cache.fill(fills)),
        change: (changes) => counted(cache.change(changes)),
      };
    },
    take: () => {
      const report = {
        windowMs: now() - since,
        lowestEpoch: highest === 0 ? 0 : lowest,
        highestEpoch: highest,
        sides: { old: toReport(sides.old), new: toReport(sides.new) },
        cache: cached === undefined ? null : { ...cached },
      };
      since = now();
      if (cached !== undefined) Object.assign(cached, { reads: 0, misses: 0, errors: 0 });
      sides = { old: emptySide(), new: emptySide() };
      lowest = Number.POSITIVE_INFINITY;
      highest = 0;
      return report;
    },
    highestEpoch: () => highestEver,
  };
}

function toReport({ tookMs, ...counts }: Side): SideReport {
  const sorted = tookMs.toSorted((a, b) => a - b);
  const quantile = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { ...counts, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}
