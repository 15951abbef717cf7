import type { DevControls, DevProcess, DevServer, ShoppersReport } from '../ops/dev-controls.ts';
import { isControlAnswer } from './control-messages.ts';

/** Says to the processes of `npm run dev` what they may ask it for. */
export const CONTROLS_VARIABLE = 'SWITCHYARD_DEV_CONTROLS';

type ServerName = 'newDatabase' | 'redis';

export const controlsVariable = (controls: Pick<DevControls, ServerName>): string =>
  ['fleet', ...(['newDatabase', 'redis'] as const).filter((name) => controls[name] !== undefined)].join(',');

/** The part of `process` that is used. */
export type ChildSide = Pick<NodeJS.Process, 'env' | 'on' | 'send'>;

/** The controls of the process that started this one; `undefined`: that is not `npm run dev`. */
export function controlsOfParent(self: ChildSide = process): DevControls | undefined {
  const offered = (self.env[CONTROLS_VARIABLE] ?? '').split(',');
  if (self.send === undefined || !offered.includes('fleet')) return undefined;
  const ask = asking(self);
  const server = (name: ServerName): DevServer | undefined =>
    offered.includes(name)
      ? {
          isRunning: async () => (await ask(`${name}.isRunning`)) === true,
          start: async () => void (await ask(`${name}.start`)),
          stop: async () => void (await ask(`${name}.stop`)),
        }
      : undefined;
  return {
    fleet: {
      processes: async () => (await ask('fleet.processes')) as DevProcess[],
      kill: async (id) => (await ask('fleet.kill', id)) === true,
      start: async () => String(await ask('fleet.start')),
    },
    shoppers: {
      start: async (count) => void (await ask('shoppers.start', count)),
      stop: async () => void (await ask('shoppers.stop')),
      report: async () => (await ask('shoppers.report')) as ShoppersReport,
    },
    newDatabase: server('newDatabase'),
    redis: server('redis'),
  };
}

function asking(self: ChildSide): (action: string, argument?: string | number) => Promise<unknown> {
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  let last = 0;
  self.on('message', (message: unknown) => {
    if (!isControlAnswer(message)) return;
    const { id, result, error } = message;
    if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(error));
    waiting.delete(id);
  });
  return (action, argument) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve, reject });
      self.send?.({ devControl: 'request', id, action, argument }, (error: Error | null) => {
        if (error === null) return;
        waiting.delete(id);
        reject(new Error('npm run dev has ended', { cause: error }));
      });
    });
}
