/** A process that `npm run dev` has started. */
export interface DevProcess {
  /** For as long as `npm run dev` runs, whatever process takes its place: `shop 1`, `worker`. */
  readonly id: string;
  readonly kind: 'shop' | 'worker';
  /** 0 while it is not running. */
  readonly pid: number;
  /** A process that has ended, or was killed, is started again by itself: `starting` until it is open. */
  readonly state: 'starting' | 'running';
  /** How often it has been started again. */
  readonly restarts: number;
}

/** The processes of `npm run dev`. Each of them may be asked, and may be killed, also the one that asks. */
export interface DevFleet {
  processes(): Promise<readonly DevProcess[]>;
  /** Ends one at once, as a crash would, with what it has under way. Another takes its place. False: there is no such id. */
  kill(id: string): Promise<boolean>;
  /** One more process of the shop. Resolves to its id, before it is open. */
  start(): Promise<string>;
}

/** A server that `npm run dev` has started. */
export interface DevServer {
  isRunning(): Promise<boolean>;
  /** Resolves when it answers; at once if it runs. */
  start(): Promise<void>;
  /** Ends it at once, as a crash would; nothing happens if it does not run. */
  stop(): Promise<void>;
}

/** What simulated shoppers have found so far. */
export interface ShoppersReport {
  /** How many are shopping; 0: they have been stopped, or not started yet. */
  readonly shoppers: number;
  /** Basket changes that the shop has acknowledged. */
  readonly acknowledged: number;
  /** Acknowledged changes that a later look at the basket did not show. */
  readonly lost: number;
  /** Looks at a basket that were compared. */
  readonly looks: number;
  /** Requests that failed with an answer that says so, or without one: try again later. */
  readonly refused: number;
}

/** Shoppers who fill baskets and look whether everything is there. They outlive any process of the shop. */
export interface DevShoppers {
  /** As many more. */
  start(count: number): Promise<void>;
  stop(): Promise<void>;
  report(): Promise<ShoppersReport>;
}

/** What can be broken on purpose, in development only. */
export interface DevControls {
  readonly fleet: DevFleet;
  readonly shoppers: DevShoppers;
  /** `undefined`: it is not ours to stop, since SESSIONS_DATABASE_URL is set. */
  readonly newDatabase: DevServer | undefined;
  /** `undefined`: there is none, or it is not ours to stop. */
  readonly redis: DevServer | undefined;
}
