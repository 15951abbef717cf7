import { createServer, type RequestListener, type Server } from 'node:http';

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
}

/** The port is taken, or may not be used: said in words, with what to do. */
export class PortError extends Error {
  constructor({ host, port }: ServeOptions, code: string | undefined) {
    super(
      code === 'EADDRINUSE'
        ? `Port ${port} of ${host} is in use by another program. Stop that one, or choose another port: PORT=${port + 1}`
        : `The shop cannot listen on ${host}:${port} (${code ?? 'unknown fault'}). Choose another port with PORT=...`,
    );
    this.name = 'PortError';
  }
}

export interface Serving {
  readonly url: string;
  /** Takes no new requests, lets those under way finish, and cuts off what is left after the grace period. */
  close(graceMs?: number): Promise<void>;
}

/** @throws {PortError} */
export function serve(app: RequestListener, options: ServeOptions): Promise<Serving> {
  return new Promise((resolve, reject) => {
    const server = createServer(app);
    server.once('error', (error: NodeJS.ErrnoException) => reject(new PortError(options, error.code)));
    server.listen({ host: options.host, port: options.port }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : options.port;
      resolve({ url: `http://${options.host}:${port}`, close: (graceMs = 3_000) => close(server, graceMs) });
    });
  });
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cutOff = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(cutOff);
      resolve();
    });
    server.closeIdleConnections();
  });
}
