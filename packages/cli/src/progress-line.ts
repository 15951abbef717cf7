import { describeAge } from '@switchyard/session-move';
import { tell } from './output.ts';

interface Progress {
  readonly rows: number;
  readonly totalRows: number;
  readonly rowsPerSecond: number;
  /** `undefined`: nobody can say. */
  readonly leftMs: number | undefined;
}

export interface ProgressLine {
  show(progress: Progress): void;
  end(): void;
}

/** Often enough to be seen moving, seldom enough for a log. */
const TERMINAL_MS = 200;
const LOG_MS = 5_000;

/** How a long job goes along, on stderr: one line that changes on a terminal, a line now and then elsewhere. */
export function progressLine(done: string): ProgressLine {
  const { isTTY } = process.stderr;
  let shownAt = isTTY ? 0 : Date.now();
  let last: Progress | undefined;
  const text = ({ rows, totalRows, rowsPerSecond, leftMs }: Progress): string =>
    `${done} ${rows} of about ${Math.max(rows, totalRows)} rows, ${rowsPerSecond} a second${leftMs === undefined ? '' : `, ${describeAge(leftMs)} left`}`;
  return {
    show: (progress) => {
      last = progress;
      if (Date.now() - shownAt < (isTTY ? TERMINAL_MS : LOG_MS)) return;
      shownAt = Date.now();
      if (isTTY) process.stderr.write(`\r\u001b[K${text(progress)}`);
      else tell(text(progress));
    },
    end: () => {
      if (isTTY && last !== undefined) process.stderr.write('\r\u001b[K');
    },
  };
}
