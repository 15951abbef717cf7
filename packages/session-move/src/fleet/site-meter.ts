import type { Fence, Site, SiteName } from '@switchyard/session-backends/fence';

/** What one process has seen of one database since its last report. */
export interface SideReport {
  readonly statements: number;
  readonly errors: number;
  /** In milliseconds; 0 without statements. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What one process tells of itself. */
export interface ProcessReport {
  /** The lowest and the highest epoch that fences have shown it since the last report; 0 when it has asked none. */
  readonly lowestEpoch: number;
  readonly highestEpoch: number;
  readonly sides: Readonly<Record<SiteName, SideReport>>;
}

/** Measures what a process does at the sites of its store. */
export interface SiteMeter {
  /** The same site, measured. */
  watch(site: Site): Site;
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
  readonly tookMs: number[];
}

const emptySide = (): Side => ({ statements: 0, errors: 0, tookMs: [] });

export function siteMeter(now: () => number = () => performance.now()): SiteMeter {
  let sides: Record<SiteName, Side> = { old: emptySide(), new: emptySide() };
  let lowest = Number.POSITIVE_INFINITY;
  let highest = 0;
  let highestEver = 0;

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
      load: (keys) => measure(site.name, () => seen(site.load(keys))),
      write: (writes) => measure(site.name, () => seen(site.write(writes))),
      copy: (copies) => measure(site.name, () => site.copy(copies)),
    }),
    take: () => {
      const report = {
        lowestEpoch: highest === 0 ? 0 : lowest,
        highestEpoch: highest,
        sides: { old: toReport(sides.old), new: toReport(sides.new) },
      };
      sides = { old: emptySide(), new: emptySide() };
      lowest = Number.POSITIVE_INFINITY;
      highest = 0;
      return report;
    },
    highestEpoch: () => highestEver,
  };
}

function toReport({ statements, errors, tookMs }: Side): SideReport {
  const sorted = tookMs.toSorted((a, b) => a - b);
  const quantile = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { statements, errors, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}
