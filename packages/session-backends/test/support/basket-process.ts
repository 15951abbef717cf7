// A process that puts lines into baskets as it is told (by a message from its parent, see basket-processes.ts).
import { createSessions } from '@switchyard/session-backends';
import { openSharedBackends, type Whereabouts } from './shared-backends.ts';
import type { Basket, PutLines } from './put-lines.ts';
import { putLines } from './put-lines.ts';

const { stores, close } = openSharedBackends(JSON.parse(process.argv[2] as string) as Whereabouts);
const sessions = new Map(Object.entries(stores).map(([name, store]) => [name, createSessions<Basket>({ store })]));

process.on('message', ({ backend, ...wanted }: PutLines & { backend: string }) => {
  putLines(sessions.get(backend) as NonNullable<ReturnType<typeof sessions.get>>, wanted).then(
    () => process.send?.({}),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => void close());
process.send?.({});
