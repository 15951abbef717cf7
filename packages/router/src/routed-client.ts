import type { ExtendedClients, ExtensionsByAlias, SharedExtension } from './extension.ts';
import type { FlagSource } from './request-pins.ts';
import type { RAW_OPERATIONS } from './operations.ts';
import type { Hints, OperationKind } from './router.ts';
import type { RouteExplanation } from './router-chain.ts';

export type AliasOf<Clients> = keyof Clients & string;

/** The models of one client: its members that can be queried. */
export type ModelOfClient<Client> = {
  [Key in keyof Client & string]: Client[Key] extends { findMany: unknown } ? Key : never;
}[keyof Client & string];

/** The models of all clients. */
export type ModelOf<Clients> = { [Alias in AliasOf<Clients>]: ModelOfClient<Clients[Alias]> }[AliasOf<Clients>];

/** The aliases whose client has the model. */
export type AliasWith<Clients, Model> = {
  [Alias in AliasOf<Clients>]: Model extends ModelOfClient<Clients[Alias]> ? Alias : never;
}[AliasOf<Clients>];

type Intersected<Union> = (Union extends unknown ? (member: Union) => void : never) extends (member: infer All) => void
  ? All
  : never;

/** One member of a union. */
type OneOf<Union> =
  Intersected<Union extends unknown ? () => Union : never> extends () => infer Member ? Member : never;

/** The client whose types a model has: the default one, if it has the model. */
type TypingAlias<Clients, Default, Model> =
  Default extends AliasWith<Clients, Model> ? Default : OneOf<AliasWith<Clients, Model>> & AliasOf<Clients>;

/** `db.<model>` for every model that any client has, typed by the generated client. */
export type RoutedModels<Clients, Default extends AliasOf<Clients>> = {
  readonly [Model in ModelOf<Clients>]: Clients[TypingAlias<Clients, Default, Model>] extends Record<
    Model,
    infer Delegate
  >
    ? Delegate
    : never;
};

/** Prisma's log events. */
export interface QueryLogEvent {
  readonly timestamp: Date;
  readonly query: string;
  readonly params: string;
  /** Milliseconds. */
  readonly duration: number;
  readonly target: string;
}

export interface MessageLogEvent {
  readonly timestamp: Date;
  readonly message: string;
  readonly target: string;
}

/** The events that a client was told to emit, by its `log` option. */
type EventOfClient<Client> = Client extends { $on: (event: infer Name, ...rest: never[]) => unknown }
  ? Name & string
  : never;

type EventOf<Clients> = { [Alias in AliasOf<Clients>]: EventOfClient<Clients[Alias]> }[AliasOf<Clients>];

type RawMethod = (typeof RAW_OPERATIONS)[number];

/** The raw SQL methods that a client has. */
export type RawSql<Client> = Pick<Client, Extract<keyof Client, RawMethod>>;

/** Prisma's own options of an interactive transaction: isolationLevel, timeout, maxWait. */
type PrismaTransactionOptions<Client> = Client extends { $transaction: (...args: infer Args) => unknown }
  ? NonNullable<Args[1]>
  : never;

/** Which database a transaction is on: that of these models' writes. Default is the default database. */
interface TransactionFor<Model> {
  readonly for?: readonly Model[];
}

type AllOptions<Clients, Default extends AliasOf<Clients>> = TransactionFor<ModelOf<Clients>> &
  PrismaTransactionOptions<Clients[Default]>;

type Results<Operations extends readonly unknown[]> = {
  -readonly [Index in keyof Operations]: Awaited<Operations[Index]>;
};

/** An operation that has not been sent: what the methods of a model answer with. */
export interface PendingOperation extends Promise<unknown> {
  readonly [Symbol.toStringTag]: 'PrismaPromise';
}

interface Transactions<Clients, Default extends AliasOf<Clients>> {
  /**
   * Runs `fn` in a transaction of one database: the one that writes of the models in `for` go to. Every operation inside
   * is routed as a write, whether it is called on the client that `fn` gets or on any other view of this one; one that
   * goes elsewhere throws CROSS_DATABASE_TRANSACTION. Inside another transaction of the same database: a savepoint.
   */
  $transaction<Result>(
    fn: (tx: TransactionClient<Clients, Default>) => Promise<Result>,
    options?: AllOptions<Clients, Default>,
  ): Promise<Result>;
  /** Runs operations that all go to one database in order, as one transaction. */
  $transaction<Operations extends readonly PendingOperation[]>(
    operations: readonly [...Operations],
    options?: AllOptions<Clients, Default>,
  ): Promise<Results<Operations>>;
}

interface Explaining<Clients> {
  /** Says where an operation would go, which router decided, and what each router that was asked said. */
  $route(model: ModelOf<Clients>, kind: OperationKind, hints?: Hints): RouteExplanation;
}

/** What a transaction's function gets. Raw SQL runs on the transaction's database. */
export type TransactionClient<Clients, Default extends AliasOf<Clients>> = RoutedModels<Clients, Default> &
  RawSql<Clients[Default]> &
  Transactions<Clients, Default> &
  Explaining<Clients>;

/** The client with hints for its operations. */
export type HintedClient<Clients, Default extends AliasOf<Clients>> = RoutedModels<Clients, Default> &
  Transactions<Clients, Default> &
  Explaining<Clients>;

/** One database, named: its own client without `$extends`. */
export type UsingClient<Client> = Omit<Client, '$extends'>;

/** What `$withContext` pins for everything that its function does. */
export interface RequestContext {
  /** Values of flags; a flag that is missing here is read when it is first needed, and then kept. */
  readonly flags?: FlagSource;
  /** Hints for every operation. */
  readonly hints?: Hints;
}

interface RoutedMethods<Clients, Default extends AliasOf<Clients>>
  extends Transactions<Clients, Default>, Explaining<Clients> {
  /** The database of that alias: beats the routers, for raw SQL too. Guards are still asked. */
  $using<Alias extends AliasOf<Clients>>(alias: Alias): UsingClient<Clients[Alias]>;
  /** The same client, with hints for its operations. */
  $hint(hints: Hints): HintedClient<Clients, Default>;
  /** The alias that a row of an earlier result came from; `undefined` for any other object. */
  $origin(row: object): AliasOf<Clients> | undefined;
  /**
   * The database that a row of an earlier result came from, as by `$using`: for reading the row again. Throws
   * UNKNOWN_ORIGIN for any other object.
   */
  $from(row: object): RoutedModels<Clients, Default>;
  /** Runs `fn` as one request: each flag keeps its first value in it, and the hints go with each operation. */
  $withContext<Result>(context: RequestContext, fn: () => Result): Result;
  /**
   * A routed client over extended clients. A function for each client to be extended keeps its types; an extension that
   * is the same for all clients can have query callbacks only. Requests and transactions go on, but a transaction of
   * this client is not one of the extended client.
   */
  $extends<Extensions extends ExtensionsByAlias<Clients>>(
    extensions: Extensions,
  ): RoutedClient<ExtendedClients<Clients, Extensions>, Default & AliasOf<ExtendedClients<Clients, Extensions>>>;
  $extends(extension: SharedExtension): RoutedClient<Clients, Default>;
  /** Listens to a log event of every client. Throws INVALID_CLIENT where one is extended: those have no `$on`. */
  $on<Event extends EventOf<Clients>>(
    event: Event,
    listener: (event: Event extends 'query' ? QueryLogEvent : MessageLogEvent, alias: AliasOf<Clients>) => void,
  ): void;
  /** Connects all clients. */
  $connect(): Promise<void>;
  /** Disconnects all clients, and reports the first failure when all have been tried. */
  $disconnect(): Promise<void>;
}

/** One client over several databases; each operation goes where the routers say. */
export type RoutedClient<Clients, Default extends AliasOf<Clients>> = RoutedModels<Clients, Default> &
  RawSql<Clients[Default]> &
  RoutedMethods<Clients, Default>;
