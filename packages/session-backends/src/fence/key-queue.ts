/** Lets work on the same key run one at a time, in the order of asking. */
export function createKeyQueue(): <T>(keys: readonly string[], work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (keys, work) => {
    const before = keys.flatMap((key) => last.get(key) ?? []);
    const mine = before.length === 0 ? work() : Promise.all(before).then(work, work);
    const done = mine.then(
      () => undefined,
      () => undefined,
    );
    // All keys are claimed at once, so that two groups cannot wait for each other.
    for (const key of keys) last.set(key, done);
    void done.then(() => {
      for (const key of keys) if (last.get(key) === done) last.delete(key);
    });
    return mine;
  };
}
