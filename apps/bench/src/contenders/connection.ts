import { once } from 'node:events';
import { connect } from 'node:net';
import { BenchError } from '../bench-error.ts';

export interface HttpReply {
  readonly status: number;
  /** The first cookie set, as it is to be sent back. */
  readonly cookie: string | undefined;
}

/** A connection that stays open, one request at a time. */
export interface HttpConnection {
  /** @throws {BenchError} SUBJECT_FAILED when the connection breaks */
  get(path: string, cookie: string): Promise<HttpReply>;
  close(): void;
}

/**
 * Just enough of HTTP for the shops here, which say how long their answers are: a client that does more would need as
 * much of the processor as the shop, and both have to share it.
 */
export async function openConnection(port: number): Promise<HttpConnection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let received = '';
  let waiting: { resolve: (reply: HttpReply) => void; reject: (error: Error) => void } | undefined;
  let isOpen = true;
  const failure = (): BenchError => new BenchError('SUBJECT_FAILED', 'the shop has closed a connection');
  const broken = (): void => {
    isOpen = false;
    waiting?.reject(failure());
  };

  socket.setEncoding('latin1');
  socket.on('error', broken);
  socket.on('close', broken);
  socket.on('data', (chunk: string) => {
    received += chunk;
    const head = received.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(received)?.[1] ?? 0);
    if (received.length < head + 4 + length) return;
    const status = Number(received.slice(9, 12));
    const cookie = /\r\nset-cookie: ([^;\r]+)/i.exec(received)?.[1];
    received = '';
    waiting?.resolve({ status, cookie });
  });
  return {
    get: (path, cookie) =>
      new Promise((resolve, reject) => {
        if (!isOpen) return reject(failure());
        waiting = { resolve, reject };
        socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${cookie && `Cookie: ${cookie}\r\n`}\r\n`);
      }),
    close: () => {
      waiting = undefined;
      socket.destroy();
    },
  };
}
