import { hasLosses } from './report.ts';
import type { Recorder } from './recorder.ts';

/** Tells whoever waits what is going on. */
export interface Progress {
  say(line: string): void;
  /** Where the counts come from, once there are any. */
  follow(recorder: Recorder): void;
  stop(): void;
}

const EVERY_MS = 500;

/** On a terminal a line that is kept up to date, elsewhere a line for each thing that happens. */
export function createProgress(stream: NodeJS.WriteStream): Progress {
  let status = '';
  let timer: NodeJS.Timeout | undefined;
  const clear = (): void => {
    if (status !== '') stream.write('\r\u001b[K');
    status = '';
  };
  return {
    say: (line) => {
      clear();
      stream.write(`${line}\n`);
    },
    follow: (recorder) => {
      if (!stream.isTTY) return;
      timer = setInterval(() => {
        clear();
        status = describe(recorder).slice(0, stream.columns - 1);
        stream.write(status);
      }, EVERY_MS);
    },
    stop: () => {
      clearInterval(timer);
      clear();
    },
  };
}

function describe(recorder: Recorder): string {
  const tally = recorder.tally();
  const failed = Object.values(tally.errors).reduce((sum, number) => sum + number, 0);
  const lost = hasLosses(tally)
    ? `lost: ${tally.lostBaskets} baskets, ${tally.lostChanges} changes; ${tally.resurrected} came back`
    : 'nothing lost';
  return `  ${tally.requests} requests, ${tally.acknowledged} changes acknowledged, ${failed} failed, ${lost}`;
}
