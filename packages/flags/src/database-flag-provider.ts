import {
  ErrorCode,
  OpenFeatureEventEmitter,
  ProviderEvents,
  TypeMismatchError,
  type EvaluationContext,
  type JsonValue,
  type Provider,
  type ResolutionDetails,
} from '@openfeature/server-sdk';
import type { FlagSource } from './flag-source.ts';

export interface DatabaseFlagProviderOptions {
  readonly source: FlagSource;
  /** How often to read the flags whether or not a change was announced. Default is 750 ms. */
  readonly pollMs?: number;
  /** Take note of a change only this much later: to rehearse processes that see it at different times. Default is 0. */
  readonly delayMs?: number;
}

/**
 * An OpenFeature provider that keeps boolean flags in a database. Every process sees a change within a second: it is
 * announced, and polled for in case the announcement is lost. While the database cannot be reached, the flags stay as
 * they were last seen, and the provider is stale.
 */
export function databaseFlagProvider({ source, pollMs = 750, delayMs = 0 }: DatabaseFlagProviderOptions): Provider {
  const events = new OpenFeatureEventEmitter();
  let flags: ReadonlyMap<string, boolean> = new Map();
  let stale = false;
  let closed = false;
  let reading: Promise<void> | undefined;
  let readAgain = false;
  let poll: NodeJS.Timeout | undefined;
  let unsubscribe: (() => Promise<void>) | undefined;
  const delayed = new Set<NodeJS.Timeout>();

  const take = (next: ReadonlyMap<string, boolean>): void => {
    const changed = [...next].filter(([name, enabled]) => flags.get(name) !== enabled).map(([name]) => name);
    flags = next;
    if (changed.length > 0) events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged: changed });
  };

  let lastRead: ReadonlyMap<string, boolean> = flags;
  const takeInTime = (next: ReadonlyMap<string, boolean>): void => {
    const same = next.size === lastRead.size && [...next].every(([name, enabled]) => lastRead.get(name) === enabled);
    lastRead = next;
    if (delayMs === 0) return take(next);
    if (same) return;
    const timer = setTimeout(() => {
      delayed.delete(timer);
      take(next);
    }, delayMs);
    delayed.add(timer);
  };

  const readOnce = async (): Promise<void> => {
    try {
      const next = await source.read();
      if (closed) return;
      takeInTime(next);
      if (stale) events.emit(ProviderEvents.Ready);
      stale = false;
    } catch {
      if (!stale && !closed)
        events.emit(ProviderEvents.Stale, { message: 'the flags cannot be read: they stay as they were' });
      stale = true;
    }
  };

  /** One read at a time; an announcement during a read makes it read once more. */
  const refresh = (): Promise<void> => {
    if (reading !== undefined) {
      readAgain = true;
      return reading;
    }
    reading = readOnce().finally(() => {
      reading = undefined;
      if (readAgain && !closed) {
        readAgain = false;
        void refresh();
      }
    });
    return reading;
  };

  const notBoolean = async (): Promise<never> => {
    throw new TypeMismatchError('flags in the database are boolean');
  };

  return {
    metadata: { name: 'switchyard-database' },
    runsOn: 'server',
    events,
    initialize: async () => {
      const first = await source.read();
      lastRead = first;
      take(first);
      unsubscribe = await source.subscribe(() => void refresh());
      poll = setInterval(() => void refresh(), pollMs);
      poll.unref();
    },
    onClose: async () => {
      closed = true;
      clearInterval(poll);
      for (const timer of delayed) clearTimeout(timer);
      await unsubscribe?.();
    },
    resolveBooleanEvaluation: async (name: string, defaultValue: boolean): Promise<ResolutionDetails<boolean>> => {
      const value = flags.get(name);
      return value === undefined
        ? { value: defaultValue, reason: 'ERROR', errorCode: ErrorCode.FLAG_NOT_FOUND }
        : { value, reason: stale ? 'STALE' : 'CACHED' };
    },
    resolveStringEvaluation: (_name: string, _default: string, _context: EvaluationContext) => notBoolean(),
    resolveNumberEvaluation: (_name: string, _default: number, _context: EvaluationContext) => notBoolean(),
    resolveObjectEvaluation: <T extends JsonValue>(_name: string, _default: T, _context: EvaluationContext) =>
      notBoolean(),
  };
}
