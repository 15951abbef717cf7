import { BenchError } from '../bench-error.ts';
import { openConnection, type HttpConnection } from './connection.ts';

export interface Visitors {
  /** Visits the shop; resolves to how long each visit took, in milliseconds. */
  visit(callers: number, seconds: number): Promise<readonly number[]>;
  close(): void;
}

const FILLING = 64;

/** Visitors of a shop with so many sessions, each made by a first visit. */
export async function openVisitors(port: number, sessions: number): Promise<Visitors> {
  const connections: HttpConnection[] = await Promise.all(Array.from({ length: FILLING }, () => openConnection(port)));
  const cookies: string[] = [];

  const visit = async (connection: HttpConnection, cookie: string): Promise<string | undefined> => {
    const reply = await connection.get('/basket', cookie);
    if (reply.status !== 200) throw new BenchError('SUBJECT_FAILED', `the shop answered ${reply.status}`);
    return reply.cookie;
  };
  const fill = async (connection: HttpConnection): Promise<void> => {
    while (cookies.length < sessions) {
      const cookie = await visit(connection, '');
      if (cookie === undefined) throw new BenchError('SUBJECT_FAILED', 'the shop sets no cookie');
      cookies.push(cookie);
    }
  };
  await Promise.all(connections.map(fill));

  return {
    visit: async (callers, seconds) => {
      const tookMs: number[] = [];
      const until = performance.now() + seconds * 1_000;
      const caller = async (connection: HttpConnection, number: number): Promise<void> => {
        const own = cookies.filter((_, i) => i % callers === number);
        let beganAt = performance.now();
        while (beganAt < until) {
          const at = Math.floor(Math.random() * own.length);
          await visit(connection, own[at] as string);
          const endedAt = performance.now();
          tookMs.push(endedAt - beganAt);
          beganAt = endedAt;
        }
      };
      await Promise.all(connections.slice(0, callers).map(caller));
      return tookMs;
    },
    close: () => {
      for (const connection of connections) connection.close();
    },
  };
}
