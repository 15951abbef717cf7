import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A cable between a client of Redis and its server that counts what goes through it. */
export interface CountingCable {
  readonly port: number;
  /**
   * Since the last reset: commands, and exchanges. As long as a client sends on without waiting for an answer,
   * that is one exchange.
   */
  readonly sent: { commands: number; exchanges: number };
  reset(): void;
  /** Answers to all but the first so many exchanges are kept back, until the returned function is called. */
  holdAfter(exchanges: number): () => void;
  close(): Promise<void>;
}

const COMMAND = /^\*\d+\r\n\$\d+\r\n(evalsha|eval|mget|set)\r\n/gim;

export async function layCountingCable(to: number, host: string): Promise<CountingCable> {
  const sockets = new Set<Socket>();
  const sent = { commands: 0, exchanges: 0 };
  let isAnswered = true;
  let most = Number.POSITIVE_INFINITY;
  let held: (() => void)[] = [];

  const server = createServer((near) => {
    const far = connect(to, host);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    near.on('data', (chunk: Buffer) => {
      if (isAnswered) sent.exchanges++;
      isAnswered = false;
      sent.commands += chunk.toString('latin1').match(COMMAND)?.length ?? 0;
      far.write(chunk);
    });
    far.on('data', (chunk: Buffer) => {
      const pass = (): void => {
        isAnswered = true;
        near.write(chunk);
      };
      if (sent.exchanges > most) held.push(pass);
      else pass();
    });
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    sent,
    reset: () => void Object.assign(sent, { commands: 0, exchanges: 0 }),
    holdAfter: (exchanges) => {
      most = exchanges;
      return () => {
        most = Number.POSITIVE_INFINITY;
        for (const pass of held) pass();
        held = [];
      };
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
