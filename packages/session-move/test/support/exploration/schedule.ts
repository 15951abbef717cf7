/** One thing that may happen next. */
export interface Step {
  /** Whose step it is: a lane of a process, the mover, the network. */
  readonly task: string;
  readonly text: string;
  /** A connection fails. */
  readonly fault: boolean;
  take(): void;
}

type Way = Omit<Step, 'task' | 'fault'> & { readonly fault?: boolean };

/**
 * Everything that waits for its moment. Code under test awaits promises that only the schedule settles, so that a run is
 * decided by which step is taken when, and by nothing else.
 */
export interface Schedule {
  /** All that may happen next. Of an entry with several ways, one is taken. */
  steps(): Step[];
  /** One entry: it is gone as soon as one of its ways has been taken. */
  offer(task: string, ways: readonly Way[]): void;
  /** Resolves when the schedule comes to it. */
  moment(task: string, text: string): Promise<void>;
}

export function createSchedule(): Schedule {
  const entries = new Set<readonly Step[]>();
  const offer: Schedule['offer'] = (task, ways) => {
    const entry: readonly Step[] = ways.map((way) => ({
      fault: false,
      ...way,
      task,
      take: () => {
        entries.delete(entry);
        way.take();
      },
    }));
    entries.add(entry);
  };
  return {
    steps: () => [...entries].flat(),
    offer,
    moment: (task, text) => new Promise((resolve) => offer(task, [{ text, take: resolve }])),
  };
}
