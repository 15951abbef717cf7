import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const tryPort = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });

/**
 * Below those that systems give to outgoing connections: between now and when it is listened at, nobody gets it by chance.
 */
const [LEAST, MOST] = [10_000, 32_767];
const TRIES = 50;

/** The preferred port of 127.0.0.1 if it is free, else any that is. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await tryPort(preferred)) !== undefined) return preferred;
  for (let tries = 0; tries < TRIES; tries++) {
    const port = await tryPort(randomInt(LEAST, MOST + 1));
    if (port !== undefined) return port;
  }
  throw new Error('no free TCP port on 127.0.0.1');
}
