export interface LaneOptions<T> {
  /** Carries a group out and gives each of its items its answer. Never rejects. */
  readonly carry: (group: T[]) => Promise<void>;
  /** How many groups may be under way at a time: what arrives meanwhile waits, and goes together. */
  readonly width: number;
}

/** What waits for it goes at the end of this breath; cheaper than queueMicrotask. */
const DONE = Promise.resolve();

/** A statement for more than this takes so long that the first of them would wait for the last. */
const GROUP_AT_MOST = 64;
/** More than these are shared out among all that may go: client and server are to work at the same time. */
const WHOLE = 32;
/** When nothing has gone for so long, those under way are stuck, and one more goes beside them. */
const PATIENCE_MS = 10;

/**
 * Lets what waits at the same time travel together. The first goes at once, with all that is added in the same breath;
 * what comes while as many groups are under way as may be waits for the next.
 */
export function createLane<T>({ carry, width }: LaneOptions<T>): (item: T) => void {
  let waiting: T[] = [];
  let underWay = 0;
  let sent = 0;
  let sentWhenWatched = 0;
  let isAboutToGo = false;
  let watch: NodeJS.Timeout | undefined;

  const take = (): T[] => {
    const count = waiting.length > WHOLE ? Math.ceil(waiting.length / Math.max(1, width - underWay)) : waiting.length;
    if (count <= GROUP_AT_MOST && count === waiting.length) {
      const all = waiting;
      waiting = [];
      return all;
    }
    return waiting.splice(0, Math.min(count, GROUP_AT_MOST));
  };

  const send = (): void => {
    const group = take();
    underWay++;
    sent++;
    void carry(group).then(() => {
      underWay--;
      go();
    });
  };

  const go = (): void => {
    isAboutToGo = false;
    while (waiting.length > 0 && underWay < width) send();
    if (waiting.length > 0 && watch === undefined) keepWatch();
  };

  const keepWatch = (): void => {
    sentWhenWatched = sent;
    watch = setTimeout(() => {
      watch = undefined;
      if (waiting.length === 0) return;
      if (sent === sentWhenWatched) send();
      if (waiting.length > 0) keepWatch();
    }, PATIENCE_MS);
  };

  return (item) => {
    waiting.push(item);
    if (isAboutToGo) return;
    isAboutToGo = true;
    // Whoever else was woken by the same answer adds his own before that.
    void DONE.then(go);
  };
}
