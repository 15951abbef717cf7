import { createRoutedClient, percentage } from '@switchyard/router';
import type { MainClient } from '@switchyard/databases'; // a generated Prisma client

/** A new server, kept the same by replication, is tried out by a share of the users: they read from it. */
export const openShop = (clients: { main: MainClient; next: MainClient }, percent: () => number) =>
  createRoutedClient({
    clients,
    default: 'main',
    routers: [percentage({ percent, hint: 'userId', on: { name: 'next', dbForRead: () => 'next' } })],
  });
