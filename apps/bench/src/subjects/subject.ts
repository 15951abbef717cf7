import type { SessionKey } from '@switchyard/session-backends';
import type { Basket } from '../basket.ts';

/** Where a subject keeps its sessions. */
export interface Place {
  /** A database of its own. With the tables of Switchyard where it is one of them, else empty. */
  readonly postgresUrl: string;
  /** The database that sessions are being moved to. */
  readonly secondPostgresUrl?: string | undefined;
  readonly redisUrl?: string | undefined;
  /** Starts every key in Redis. */
  readonly redisPrefix: string;
  /** At each database. */
  readonly connections: number;
  /** The sessions are there already, with versions that nobody has told it. Default is no. */
  readonly isFilled?: boolean;
}

/** A store of sessions that is measured: from a key to an object and back, JSON included. */
export interface Subject {
  /** Makes its tables if they are not there. */
  open(place: Place): Promise<OpenSubject>;
}

export interface OpenSubject {
  /** @throws when there is no such session */
  load(key: SessionKey): Promise<object>;
  /** Creates it or writes over it; durable where the store is, when it resolves. */
  save(key: SessionKey, basket: Basket): Promise<void>;
  close(): Promise<void>;
}
