import type { ChildProcess } from 'node:child_process';
import type { DevControls, DevServer } from '../ops/dev-controls.ts';
import { isControlRequest, type ControlAnswer, type ControlRequest } from './control-messages.ts';

type Action = (argument?: string | number) => Promise<unknown>;

/** Lets a process of the fleet use the controls. */
export function serveControls(child: ChildProcess, controls: DevControls): void {
  const actions = actionsOf(controls);
  const perform = async ({ action, argument }: ControlRequest): Promise<unknown> => {
    const found = actions.get(action);
    if (found === undefined) throw new Error(`${action} is not possible here`);
    return found(argument);
  };
  child.on('message', (message: unknown) => {
    if (!isControlRequest(message)) return;
    const answer = (rest: Pick<ControlAnswer, 'result' | 'error'>): void => {
      // Whoever has asked for its own end does not hear the answer.
      if (child.connected) child.send({ devControl: 'answer', id: message.id, ...rest }, () => undefined);
    };
    perform(message).then(
      (result) => answer({ result }),
      (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
    );
  });
}

function actionsOf({ fleet, shoppers, newDatabase, redis }: DevControls): ReadonlyMap<string, Action> {
  return new Map<string, Action>([
    ['fleet.processes', () => fleet.processes()],
    ['fleet.kill', (id) => fleet.kill(String(id))],
    ['fleet.start', () => fleet.start()],
    ['shoppers.start', (count) => shoppers.start(Number(count))],
    ['shoppers.stop', () => shoppers.stop()],
    ['shoppers.report', () => shoppers.report()],
    ...serverActions('newDatabase', newDatabase),
    ...serverActions('redis', redis),
  ]);
}

const serverActions = (name: string, server: DevServer | undefined): [string, Action][] =>
  server === undefined
    ? []
    : [
        [`${name}.isRunning`, () => server.isRunning()],
        [`${name}.start`, () => server.start()],
        [`${name}.stop`, () => server.stop()],
      ];
