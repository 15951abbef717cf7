export type StartErrorCode =
  /** Another program listens there. */
  | 'PORT_IN_USE'
  /** The port, or the address, may not be used. */
  | 'PORT_REFUSED'
  /** Something on the command line of `npm run dev` is not understood. */
  | 'DEV_OPTION_INVALID'
  /** A process of `npm run dev` ended before it was open. What it said is on the screen. */
  | 'PROCESS_ENDED'
  /** The redis-server of `npm run dev` does not answer. */
  | 'REDIS_FAILED';

/** The shop cannot be started: said in words, with what to do. */
export class StartError extends Error {
  readonly code: StartErrorCode;

  constructor(code: StartErrorCode, message: string) {
    super(`${message} [${code}]`);
    this.name = 'StartError';
    this.code = code;
  }
}
