import type { MemorySite, Site, SiteWrite, SiteWriteResult } from '@switchyard/session-backends/fence';
import type { Code } from './load-code.ts';
import type { Schedule } from './schedule.ts';

export interface ScheduledSiteOptions {
  readonly code: Code;
  readonly schedule: Schedule;
  readonly real: MemorySite;
  /** Whose call it is that is being made. */
  readonly currentTask: () => string;
  /** Whether an answer travels by itself, or arrives as soon as the statement has been carried out. */
  readonly answersTravel: boolean;
  /** Called with each write as it is sent; what it returns is called when that is carried out, even if nobody learns of it. */
  readonly onWrite: (write: SiteWrite) => (result: SiteWriteResult) => void;
}

/**
 * A site as one process reaches it: the call starts now, the statement is carried out at one moment of the schedule, and
 * its answer arrives at another. Either may fail: refused before anything was sent, lost on its way (then it arrives later,
 * or never), or carried out with the answer lost.
 */
export function scheduledSite(options: ScheduledSiteOptions): Site {
  const { code, schedule, real, currentTask, answersTravel, onWrite } = options;

  const call = <R>(what: string, writes: boolean, run: () => Promise<R>): Promise<R> =>
    new Promise((resolve, reject) => {
      const task = currentTask();
      const text = `${what} at ${real.name}`;
      const lose = (): void => reject(new code.SqlFailure('unknown', new Error('the connection was lost')));
      const arrive = (result: R): void => {
        if (!answersTravel) return resolve(result);
        schedule.offer(task, [
          { text: `has the answer to ${text}`, take: () => resolve(result) },
          { text: `loses the answer to ${text}`, fault: true, take: lose },
        ]);
      };
      const answerIsLost = { text: `${text}, and the answer is lost`, fault: true, take: () => void run().then(lose) };
      const lostWays = [
        ...(answersTravel ? [] : [answerIsLost]),
        {
          text: `${text} is lost on its way`,
          fault: true,
          take: () => {
            lose();
            schedule.offer('network', [{ text: `${text} by ${task} arrives after all`, take: () => void run() }]);
          },
        },
      ];
      schedule.offer(task, [
        { text, take: () => void run().then(arrive) },
        {
          text: `${text} is refused: no connection`,
          fault: true,
          take: () => reject(new code.SqlFailure('none', new Error('no connection'))),
        },
        ...(writes ? lostWays : []),
      ]);
    });

  return {
    name: real.name,
    // A copy: what was read must not change while it travels.
    fences: () => call('asks for the fences', false, async () => [...(await real.fences())]),
    load: (keys) => call('load', false, () => real.load(keys)),
    copy: (copies) => call('copy', true, () => real.copy(copies)),
    write: (writes) => {
      const sent = writes.map(onWrite);
      return call(writes.map(({ kind }) => kind).join(), true, async () => {
        const results = await real.write(writes);
        results.forEach((result, i) => sent[i]?.(result));
        return results;
      });
    },
  };
}
