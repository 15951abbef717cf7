import type { MoveSide } from '../move-side.ts';

/** A victim of a deadlock is tried again; that says nothing of its database. */
const DEADLOCK = '40P01';

/** The same side; tells of each statement whether it was answered, and if not, why. */
export function watchSide(side: MoveSide, onOutcome: (failure: string | undefined) => void): MoveSide {
  const watch = async <T>(work: Promise<T>): Promise<T> => {
    try {
      const result = await work;
      onOutcome(undefined);
      return result;
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== DEADLOCK) onOutcome(reason);
      throw error;
    }
  };
  const { database, site } = side;
  return {
    ...side,
    database: {
      query: (text, values) => watch(database.query(text, values)),
      transaction: (work) => watch(database.transaction(work)),
    },
    site: { ...site, copy: (copies) => watch(site.copy(copies)) },
  };
}

/** A code, or the class of the error: a driver's message may show where it connects to. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause instanceof Error ? reasonOf(error.cause) : error.name;
}
