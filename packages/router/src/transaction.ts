import { hintsOf, labelOf, type Intent, type Scope } from './intent.ts';
import { placeAt, transactionAround } from './place-of.ts';
import { callMethod } from './prisma-client-like.ts';
import { createRequestPins } from './request-pins.ts';
import { RoutedOperation } from './routed-operation.ts';
import { RouterError } from './router-error.ts';
import type { Hints } from './router.ts';
import type { Place, RoutingCore } from './routing-core.ts';
import type { RunningTransaction } from './routing-context.ts';
import { prepare, request, settle } from './send.ts';
import { tracedTransaction } from './traced.ts';

/** What `$transaction` takes beside Prisma's own options, which are passed on as they are. */
export interface TransactionOptions {
  /** The models that the transaction is for: the database that their writes go to is the transaction's. */
  readonly for?: readonly string[];
  readonly [option: string]: unknown;
}

/** Makes the client that a transaction's function gets. */
export type TransactionView = (transaction: RunningTransaction) => unknown;

/** Something that wants the transaction to be on a database. */
interface Wish {
  readonly label: string;
  readonly alias: string;
}

/** Runs `fn` in a transaction of one database: the scope's own, else that of the models in `for`, else the default. */
export async function runTransaction(
  core: RoutingCore,
  scope: Scope,
  fn: (client: unknown) => Promise<unknown>,
  { for: models = [], ...options }: TransactionOptions,
  view: TransactionView,
): Promise<unknown> {
  const context = core.storage.getStore();
  const pinned: Hints = { ...context?.hints, request: context?.hints.request ?? createRequestPins() };
  const hints = hintsOf(scope, { hints: pinned });
  const alias = agreedAlias(core, scope, wishesOf(core, models, hints));
  const around = enclosing(core, scope, alias);
  // Its own also as a savepoint: what that has written is gone if it fails.
  const written = new Set<string | undefined>();
  const run = async (client: Place['client']): Promise<unknown> => {
    const running: RunningTransaction = {
      alias,
      client,
      core,
      written,
      around: context?.transaction,
      open: true,
    };
    try {
      return await core.storage.run({ hints: pinned, transaction: running }, () => fn(view(running)));
    } finally {
      running.open = false;
    }
  };
  const { client: opener } = around ?? placeAt(core, alias);
  const result = await tracedTransaction(
    alias,
    () => callMethod(opener, '$transaction', [run, options]) as Promise<unknown>,
  );
  for (const model of written) {
    if (around === undefined) core.chain.wrote(alias, model, hints);
    else around.written.add(model);
  }
  return result;
}

/** Runs operations in order, as one transaction of the database that all of them go to. */
export async function runBatch(
  core: RoutingCore,
  scope: Scope,
  elements: readonly unknown[],
  { for: models = [], ...options }: TransactionOptions,
): Promise<readonly unknown[]> {
  const operations = elements.map((element, index) => checkElement(core, element, index));
  checkOnce(operations);
  const intents = operations.map((operation) => RoutedOperation.intentOf(operation));
  const wishes = intents.map((intent) => ({ label: labelOf(intent), alias: prepare(intent, true).alias }));
  const hints = hintsOf(scope, core.storage.getStore());
  const alias = agreedAlias(core, scope, [...wishes, ...wishesOf(core, models, hints)]);
  const around = enclosing(core, scope, alias);
  intents.forEach((intent) => checkOwn(intent, around));
  const batch = tracedTransaction(alias, () =>
    around === undefined ? sendBatch(placeAt(core, alias), intents, options) : sendNested(around, intents),
  );
  operations.forEach((operation, index) => take(operation, batch, index));
  return batch;
}

async function sendBatch(place: Place, intents: readonly Intent[], options: object): Promise<readonly unknown[]> {
  const requests = intents.map((intent) => request(intent, place));
  const results = (await callMethod(place.client, '$transaction', [requests, options])) as readonly unknown[];
  intents.forEach((intent, index) => settle(intent, place, results[index]));
  return results;
}

/** Inside a transaction a batch is a savepoint: Prisma would send the array's operations outside of the transaction. */
async function sendNested(around: RunningTransaction, intents: readonly Intent[]): Promise<readonly unknown[]> {
  const written = new Set<string | undefined>();
  const run = async (client: Place['client']): Promise<readonly unknown[]> => {
    const place: RunningTransaction = { ...around, client, written };
    const results: unknown[] = [];
    for (const intent of intents) {
      const result = await request(intent, place);
      settle(intent, place, result);
      results.push(result);
    }
    return results;
  };
  const results = (await callMethod(around.client, '$transaction', [run])) as readonly unknown[];
  for (const model of written) around.written.add(model);
  return results;
}

function checkElement(core: RoutingCore, element: unknown, index: number): RoutedOperation {
  if (!(element instanceof RoutedOperation) || RoutedOperation.intentOf(element).core !== core) {
    throw new RouterError(
      'FOREIGN_TRANSACTION',
      `Element ${index} of the transaction is no operation of this routed client; it may have been awaited already.`,
    );
  }
  if (!RoutedOperation.isSent(element)) return element;
  const label = labelOf(RoutedOperation.intentOf(element));
  throw new RouterError('OPERATION_ALREADY_SENT', `Element ${index} of the transaction (${label}) was sent before.`);
}

/** Prisma would send it once for each time that it is there. */
function checkOnce(operations: readonly RoutedOperation[]): void {
  if (new Set(operations).size === operations.length) return;
  const index = operations.findIndex((operation, at) => operations.indexOf(operation) < at);
  const label = labelOf(RoutedOperation.intentOf(operations[index] as RoutedOperation));
  throw new RouterError('OPERATION_ALREADY_SENT', `Element ${index} of the transaction (${label}) is there twice.`);
}

/** An operation of a transaction's client is that transaction's: elsewhere it would silently run outside of it. */
function checkOwn(intent: Intent, around: RunningTransaction | undefined): void {
  const { transaction } = intent.scope;
  let at = around;
  while (at !== undefined && at !== transaction) at = at.around;
  if (at === transaction) return;
  throw new RouterError(
    'FOREIGN_TRANSACTION',
    `${labelOf(intent)} was called on the client of a transaction that has ended, or is another one than this.`,
  );
}

function take(operation: RoutedOperation, batch: Promise<readonly unknown[]>, index: number): void {
  const result = batch.then((results) => results[index]);
  // The batch itself reports its failure; an operation that nobody awaits as well must not count as unhandled.
  result.catch(() => undefined);
  RoutedOperation.take(operation, result);
}

function wishesOf(core: RoutingCore, models: readonly string[], hints: Hints): Wish[] {
  if (!Array.isArray(models))
    throw new RouterError('INVALID_OPTION', "A transaction's option 'for' is a list of models: { for: ['order'] }.");
  return models.map((model) => ({ label: model, alias: core.chain.route(model, 'write', hints) }));
}

/** The one alias of a transaction. Throws CROSS_DATABASE_TRANSACTION where the wishes differ. */
function agreedAlias(core: RoutingCore, scope: Scope, wishes: readonly Wish[]): string {
  const alias = scope.alias ?? wishes[0]?.alias ?? scope.transaction?.alias ?? core.defaultAlias;
  if (wishes.every((wish) => wish.alias === alias)) return alias;
  const wanted = wishes.map((wish) => `${wish.label} on '${wish.alias}'`).join(', ');
  const named = scope.alias === undefined ? '' : ` The transaction is on '${scope.alias}'.`;
  throw new RouterError('CROSS_DATABASE_TRANSACTION', `One transaction cannot span two databases: ${wanted}.${named}`);
}

/** The transaction to nest in. One on another database is left alone only where $using has named this one. */
function enclosing(core: RoutingCore, scope: Scope, alias: string): RunningTransaction | undefined {
  const around = transactionAround(core, scope, core.storage.getStore());
  if (around === undefined || around.alias === alias) return around;
  if (scope.alias !== undefined) return undefined;
  throw new RouterError(
    'CROSS_DATABASE_TRANSACTION',
    `A transaction on '${alias}' was started inside one on '${around.alias}': they would not commit together. ` +
      `Start it outside, or with $using('${alias}') if it is meant to be on its own.`,
  );
}
