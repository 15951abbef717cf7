import { setTimeout as sleep } from 'node:timers/promises';
import { createMoveController, countOutbox } from '@switchyard/session-move';
import type { FromWorker, ToWorker } from '../moving/messages.ts';
import { openSides } from '../moving/sides.ts';
import type { SubjectSettings } from '../subject-process/messages.ts';
import { startChild } from './child.ts';
import type { Contender } from './contender.ts';
import { ownProcess } from './own-process.ts';

const LOOK_EVERY_MS = 50;

/** A subject whose sessions are being moved: writes are captured, and a worker carries them to the second database. */
export async function moving(settings: SubjectSettings, newUrl: string): Promise<Contender> {
  const urls = { old: settings.place.postgresUrl, new: newUrl };
  const sides = openSides(urls);
  await createMoveController(sides).start();
  const worker = startChild<ToWorker, FromWorker>('moving/worker-main.ts', "the move's worker", urls);
  await worker.answer('leading');
  const subject = await ownProcess({ ...settings, place: { ...settings.place, secondPostgresUrl: newUrl } });

  /** What is still to be carried is not to disturb whoever is measured next. */
  const drained = async (): Promise<void> => {
    while ((await countOutbox(sides.old.database)).size > 0) await sleep(LOOK_EVERY_MS);
  };
  await drained();
  return {
    measure: async (task) => {
      const measurement = await subject.measure(task);
      await drained();
      return measurement;
    },
    close: async () => {
      await subject.close();
      await worker.end({ kind: 'close' });
      await sides.close();
    },
  };
}
