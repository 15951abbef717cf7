import { createRoutedClient, type Router } from '@switchyard/router';
import type { MainClient, SessionsClient } from '@switchyard/databases'; // two generated Prisma clients

const aliasOf = (model: string) => (model.startsWith('session') ? 'sessions' : undefined);

/** Whatever has to do with sessions has a database of its own. Of the rest this router has no opinion. */
const sessionRouter = {
  name: 'session router',
  dbForRead: (model) => aliasOf(model),
  dbForWrite: (model) => aliasOf(model),
  allowRelation: (model, other) => (aliasOf(model) === aliasOf(other) ? undefined : false),
  allowMigrate: (alias, schema) => (schema === 'sessions' ? alias === 'sessions' : undefined),
} satisfies Router<'sessions'>;

export const openShop = (clients: { main: MainClient; sessions: SessionsClient }) =>
  createRoutedClient({ clients, default: 'main', routers: [sessionRouter] });
