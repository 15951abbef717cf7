/** What a process of the fleet asks of the one that started it, and what it is answered. */
export interface ControlRequest {
  readonly devControl: 'request';
  readonly id: number;
  /** `fleet.kill`: a part of the controls and what to do with it. */
  readonly action: string;
  readonly argument?: string | number;
}

export interface ControlAnswer {
  readonly devControl: 'answer';
  readonly id: number;
  readonly result?: unknown;
  /** Why it could not be done. */
  readonly error?: string;
}

const hasMark = (message: unknown, mark: string): boolean =>
  typeof message === 'object' && message !== null && Reflect.get(message, 'devControl') === mark;

export const isControlRequest = (message: unknown): message is ControlRequest => hasMark(message, 'request');
export const isControlAnswer = (message: unknown): message is ControlAnswer => hasMark(message, 'answer');
