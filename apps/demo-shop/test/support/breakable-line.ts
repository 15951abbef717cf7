import net, { type AddressInfo, type Socket } from 'node:net';

export interface BreakableLine {
  /** The same database, through this line. */
  readonly url: string;
  /** Breaks every connection; new ones are carried again, unless the line is down. */
  cut(): void;
  /** Breaks every connection and refuses new ones until `up`. */
  down(): void;
  up(): void;
  /** Resolves once a client has sent this text. */
  carried(text: string): Promise<void>;
  close(): Promise<void>;
}

/** A TCP line to a PostgreSQL server that a test can break. */
export async function openBreakableLine(url: string): Promise<BreakableLine> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const watchers: { text: string; seen: () => void }[] = [];
  let isDown = false;

  const server = net.createServer((client) => {
    if (isDown) return client.destroy();
    const upstream = net.connect(Number(target.port || 5432), target.hostname);
    client.on('data', (chunk) => {
      for (const watcher of watchers) if (chunk.includes(watcher.text)) watcher.seen();
    });
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = new URL(url);
  address.hostname = '127.0.0.1';
  address.port = String((server.address() as AddressInfo).port);

  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: address.href,
    cut,
    down: () => {
      isDown = true;
      cut();
    },
    up: () => {
      isDown = false;
    },
    carried: (text) => new Promise((seen) => watchers.push({ text, seen })),
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
