import { setTimeout as sleep } from 'node:timers/promises';
import { readMoveStatus } from '@switchyard/session-move';
import { EXIT } from '../../exit-codes.ts';
import { interruptible } from '../../interruptible.ts';
import { printJson } from '../../output.ts';
import { openMove } from './open-move.ts';
import { printStatus } from './print-status.ts';

export interface StatusOptions {
  readonly json?: boolean;
  readonly watch?: boolean;
}

const WATCH_MS = 2_000;
const CLEAR_SCREEN = '\u001b[2J\u001b[H';

export async function statusVerb(project: string, { json, watch }: StatusOptions): Promise<number> {
  const move = await openMove(project);
  const once = async (): Promise<void> => {
    const status = await readMoveStatus(move.sides);
    if (watch === true && json !== true && process.stdout.isTTY) process.stdout.write(CLEAR_SCREEN);
    if (json === true) printJson(status);
    else printStatus(status);
  };
  try {
    await once();
    if (watch === true)
      await interruptible(async (signal) => {
        while (!signal.aborted) {
          await sleep(WATCH_MS, undefined, { signal }).catch(() => undefined);
          if (!signal.aborted) await once();
        }
      });
    return EXIT.done;
  } finally {
    await move.close();
  }
}
