/** A node-style callback: the error or null, then the result. */
export type ResultCallback<T> = (error: unknown, result?: T) => void;

/** Calls back exactly once, in a turn of its own: what the callback throws is not ours to catch. */
export function answerCallback<T>(work: Promise<T>, callback: ResultCallback<T> | undefined): void {
  work.then(
    (result) => callback && setImmediate(callback, null, result),
    (error: unknown) => callback && setImmediate(callback, error),
  );
}
