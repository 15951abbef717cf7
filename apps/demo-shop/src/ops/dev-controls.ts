/** A server that the development run has started itself, and so may stop. */
export interface DevServer {
  isRunning(): boolean;
  /** Kills it, as a power cut would, and resolves when it is gone. */
  stop(): Promise<void>;
  /** Starts it again at the same address. */
  start(): Promise<void>;
}

/** Why something cannot be stopped from here, in a sentence for an operator. */
export interface Unavailable {
  readonly unavailable: string;
}

export interface DevProcess {
  /** Stays the same when the process is started again. */
  readonly id: string;
  /** `undefined`: it is not running. */
  readonly pid: number | undefined;
}

/** The shop processes behind the one port. */
export interface DevFleet {
  processes(): readonly DevProcess[];
  /** `kill -9`; resolves when it has ended. It stays away until `start`. */
  kill(id: string): Promise<void>;
  /** Starts whichever are not running, and resolves when they answer. */
  start(): Promise<void>;
}

/** What "Try to break it" may break. Development hands it to the console; in production there is none. */
export interface DevControls {
  /** Where simulated shoppers shop: the shop's address, without a slash at its end. */
  shopUrl(): string;
  readonly newDatabase: DevServer | Unavailable;
  readonly redis: DevServer | Unavailable;
  readonly fleet: DevFleet | Unavailable;
}
