interface Turn {
  readonly keys: readonly string[];
  readonly work: () => Promise<void>;
  /** How many of its keys somebody else has now. */
  behind: number;
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

  const leave = (turn: Turn): void => {
    for (const key of turn.keys) {
      const line = lines.get(key);
      if (line?.[0] !== turn) continue;
      line.shift();
      const [next] = line;
      if (next === undefined) lines.delete(key);
      else if (--next.behind === 0) begin(next);
    }
  };

  const begin = (turn: Turn): void => {
    void turn.work().then(() => leave(turn));
  };

  return (keys, work) =>
    new Promise((resolve, reject) => {
      const turn: Turn = { keys, work: () => work().then(resolve, reject), behind: 0 };
      // All keys are claimed at once, so that two who want several cannot wait for each other.
      for (const key of keys) lineUp(key, turn);
      if (turn.behind === 0) begin(turn);
    });
}
