/** A sleep that can be ended. */
export interface Waker {
  /** Ends the sleep, or else the next one before it begins. */
  wake(): void;
  /** Resolves to whether it was woken before the time was over. */
  sleep(ms: number): Promise<boolean>;
}

export function createWaker(): Waker {
  let isPending = false;
  let end: (() => void) | undefined;
  return {
    wake: () => {
      isPending = true;
      end?.();
    },
    sleep: async (ms) => {
      if (!isPending)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          end = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      end = undefined;
      const woken = isPending;
      isPending = false;
      return woken;
    },
  };
}
