import type { FromProcess, SubjectSettings, ToProcess } from '../subject-process/messages.ts';
import { startChild } from './child.ts';
import type { Contender } from './contender.ts';

/** Starts a subject in a process of its own, with its sessions saved. */
export async function ownProcess(settings: SubjectSettings): Promise<Contender> {
  const child = startChild<ToProcess, FromProcess>('subject-process/main.ts', settings.subject, settings);
  await child.answer('ready');
  return {
    measure: async (task) => (await child.answer('measured', { kind: 'measure', task })).measurement,
    close: () => child.end({ kind: 'close' }),
  };
}
