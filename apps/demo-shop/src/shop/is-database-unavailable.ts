/** Prisma: no connection, none free in time, or a transaction that could not start or was broken off. */
const PRISMA_CODES = /^(P10\d\d|P2024|P2028|P2034)$/;
/** PostgreSQL: connection trouble, out of resources, cancelled or shutting down; deadlocks and the like. */
const SQL_STATES = /^(08|40|53|57)/;
/** What pg says, without a code, of a connection that broke under a query or was not to be had in time. */
const PG_MESSAGES =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Query read timeout)/;
const NETWORK_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EPIPE']);

/** Whether a database call failed because the database could not serve it, and not because it was asked wrongly. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'PrismaClientInitializationError') return true;
  const code = textAt(error, 'code');
  if (NETWORK_CODES.has(code) || PG_MESSAGES.test(error.message)) return true;
  if (!error.name.startsWith('PrismaClient')) return false;
  return PRISMA_CODES.test(code) || SQL_STATES.test(textAt(driverCause(error), 'originalCode'));
}

/** Where Prisma's driver adapters keep PostgreSQL's own code. */
const driverCause = (error: unknown): unknown => at(at(at(error, 'meta'), 'driverAdapterError'), 'cause');

const at = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;

const textAt = (value: unknown, key: string): string => {
  const found = at(value, key);
  return typeof found === 'string' ? found : '';
};
