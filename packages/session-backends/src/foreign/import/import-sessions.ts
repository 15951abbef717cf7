import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ImportCursors } from './import-cursor.ts';
import type { Comparison } from './compare-row.ts';
import { isSettled, type Imported, type ImportTarget } from './import-target.ts';
import type { ReadEntry } from './read-entry.ts';
import type { SessionSource, SourceEntry } from './session-source.ts';

export interface ImportOptions {
  readonly source: SessionSource;
  readonly target: ImportTarget;
  readonly read: ReadEntry;
  /** How long a session lives from now on that never ends at its source, in milliseconds. */
  readonly ttlMs: number;
  /** How many are in memory at once, about. Default is 500. */
  readonly batchSize?: number;
  /** At most so many entries a second, on average. Default is no limit. */
  readonly perSecond?: number;
  /** Stops after the batch under way. */
  readonly signal?: AbortSignal;
  /** After each batch, with the entries read so far. */
  readonly onProgress?: (read: number) => void;
}

/** What could not be read: the first digits of the SHA-256 of its key, and not more. */
export interface Undecodable {
  readonly count: number;
  readonly keyStarts: readonly string[];
}

export interface CopyReport {
  readonly read: number;
  /** Rows written; the others were here, or were changed or ended here. */
  readonly copied: number;
  /** Sessions that never end at their source. */
  readonly endless: number;
  readonly undecodable: Undecodable;
  /** Entries that an earlier run had read. */
  readonly resumedAt: number;
  /** Whether it came to its end. */
  readonly done: boolean;
}

export interface CompareReport {
  readonly read: number;
  readonly counts: Readonly<Record<Comparison, number>>;
  readonly undecodable: Undecodable;
  /** What is missing, older or different here: the first digits of the SHA-256 of its key. */
  readonly findings: readonly { readonly keyStart: string; readonly kind: Comparison }[];
  /** Sessions that had changed since they were copied, and were copied once more. */
  readonly caughtUp: number;
  readonly done: boolean;
}

/** So many are named; all are counted. */
const NAMED = 20;

export const keyStartOf = (key: string): string => hash('sha256', key).slice(0, 8);

/**
 * Copies the live sessions of a source into a table of ours, while the source may be written. Never over a row that is
 * newer, so that it may be stopped, killed and repeated; it goes on where the one before has come to.
 * @throws {ImportError} @throws {FenceError} MOVE_CLAIMED @throws {SqlFailure}
 */
export async function copySessions(options: ImportOptions, cursors: ImportCursors): Promise<CopyReport> {
  const before = await cursors.get();
  const notes = new Notes();
  let copied = 0;
  let read = before?.read ?? 0;
  const done = await eachPage(options, before?.from, async (entries, next) => {
    const sessions = notes.readAll(entries, options);
    copied += await options.target.copy(sessions);
    read += entries.length;
    // After the rows: what is not noted any more is copied once more, which changes nothing.
    if (next !== undefined) await cursors.set({ from: next, read });
    options.onProgress?.(read);
  });
  if (done) await cursors.clear();
  const { endless, undecodable } = notes;
  return { read, copied, endless, undecodable, resumedAt: before?.read ?? 0, done };
}

/**
 * Compares each live session of the source with the table. What the source has changed meanwhile is looked at again, and
 * with `catchUp` copied once more.
 * @throws {ImportError} @throws {FenceError} MOVE_CLAIMED @throws {SqlFailure}
 */
export async function compareSessions(options: ImportOptions & { readonly catchUp: boolean }): Promise<CompareReport> {
  const { source, target, catchUp } = options;
  const notes = new Notes();
  const counts: Record<Comparison, number> = { same: 0, newer: 0, older: 0, different: 0, missing: 0 };
  const findings: { keyStart: string; kind: Comparison }[] = [];
  let caughtUp = 0;
  let read = 0;

  const settle = async (sessions: readonly Imported[]): Promise<void> => {
    const first = await target.compare(sessions);
    for (const kind of first) if (isSettled(kind)) counts[kind]++;
    const doubtful = sessions.filter((_, i) => !isSettled(first[i] as Comparison));
    if (doubtful.length === 0) return;
    // By now it may have ended, or be another.
    const again = new Notes().readAll(await source.find(doubtful.map(({ key }) => key)), options);
    const written = catchUp ? await target.copy(again) : 0;
    caughtUp += written;
    for (const [i, kind] of (await target.compare(again)).entries()) {
      counts[kind]++;
      if (!isSettled(kind) && findings.length < NAMED)
        findings.push({ keyStart: keyStartOf((again[i] as Imported).key), kind });
    }
  };

  const done = await eachPage(options, undefined, async (entries) => {
    await settle(notes.readAll(entries, options));
    read += entries.length;
    options.onProgress?.(read);
  });
  return { read, counts, undecodable: notes.undecodable, findings, caughtUp, done };
}

async function eachPage(
  { source, batchSize = 500, perSecond = Infinity, signal }: ImportOptions,
  from: string | undefined,
  work: (entries: readonly SourceEntry[], next: string | undefined) => Promise<void>,
): Promise<boolean> {
  for (let next = from; ;) {
    const began = performance.now();
    const page = await source.page(next, batchSize);
    await work(page.entries, page.next);
    if (page.next === undefined) return true;
    next = page.next;
    const restMs = (page.entries.length / perSecond) * 1000 - (performance.now() - began);
    if (restMs > 0) await sleep(restMs, undefined, signal && { signal }).catch(() => undefined);
    if (signal?.aborted === true) return false;
  }
}

/** Reads entries, and notes what is to be told of them. */
class Notes {
  endless = 0;
  #undecodable = 0;
  readonly #keyStarts: string[] = [];

  get undecodable(): Undecodable {
    return { count: this.#undecodable, keyStarts: this.#keyStarts };
  }

  /** Each key once. */
  readAll(entries: readonly SourceEntry[], { read, ttlMs }: ImportOptions): Imported[] {
    const sessions = new Map<string, Imported>();
    for (const entry of entries) {
      if (sessions.has(entry.key)) continue;
      const { key, expiresAt = new Date(Date.now() + ttlMs) } = entry;
      const endless = entry.expiresAt === undefined;
      try {
        // No database holds such a key.
        if (key.includes('\0')) throw new TypeError('the key has a zero byte');
        sessions.set(key, { key, session: read({ ...entry, expiresAt }), endless });
        if (endless) this.endless++;
      } catch {
        this.#undecodable++;
        if (this.#keyStarts.length < NAMED) this.#keyStarts.push(keyStartOf(key));
      }
    }
    return [...sessions.values()];
  }
}
