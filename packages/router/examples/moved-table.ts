import { byModel, createRoutedClient, flagged } from '@switchyard/router';
import type { MainClient, SessionsClient } from '@switchyard/databases'; // two generated Prisma clients

/** Sessions are in the main database until the flag sends them to their own. Everything else stays where it is. */
export const openShop = (clients: { main: MainClient; sessions: SessionsClient }, isOn: (flag: string) => boolean) =>
  createRoutedClient({
    clients,
    default: 'main',
    routers: [flagged({ flag: 'new_db_router_flag', read: isOn, on: byModel({ session: 'sessions' }) })],
  });
