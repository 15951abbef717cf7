interface Turn {
  /** How many of its keys somebody else has now. */
  behind: number;
  begin(): void;
}

/** Lets work on the same key run one at a time, in the order of asking. */
export function createKeyQueue(): <T>(keys: readonly string[], work: () => Promise<T>) => Promise<T> {
  /** The one whose turn it is, and those behind it. */
  const lines = new Map<string, Turn[]>();

  const lineUp = (key: string, turn: Turn): void => {
    const line = lines.get(key);
    if (line === undefined) lines.set(key, [turn]);
    else if (line.at(-1) !== turn && line.push(turn) > 1) turn.behind++;
  };

  const leave = (keys: readonly string[], turn: Turn): void => {
    for (const key of keys) {
      const line = lines.get(key);
      if (line?.[0] !== turn) continue;
      line.shift();
      const [next] = line;
      if (next === undefined) lines.delete(key);
      else if (--next.behind === 0) next.begin();
    }
  };

  return (keys, work) =>
    new Promise((resolve, reject) => {
      const turn: Turn = {
        behind: 0,
        begin: () => {
          work().then(
            (result) => {
              leave(keys, turn);
              resolve(result);
            },
            (error: unknown) => {
              leave(keys, turn);
              reject(error);
            },
          );
        },
      };
      // All keys are claimed at once, so that two who want several cannot wait for each other.
      for (const key of keys) lineUp(key, turn);
      if (turn.behind === 0) turn.begin();
    });
}
