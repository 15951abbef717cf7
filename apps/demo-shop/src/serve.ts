import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { StartError } from './start-error.ts';

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  /** The variable that the port comes from. Default is "PORT". */
  readonly portFrom?: string;
}

const portError = ({ host, port, portFrom = 'PORT' }: ServeOptions, code: string | undefined): StartError =>
  code === 'EADDRINUSE'
    ? new StartError(
        'PORT_IN_USE',
        `Port ${port} of ${host} is in use by another program. Stop that one, or choose another port: ${portFrom}=${port + 1}`,
      )
    : new StartError(
        'PORT_REFUSED',
        `The shop cannot listen on ${host}:${port} (${code ?? 'unknown fault'}). Choose another port with ${portFrom}=...`,
      );

export interface Serving {
  readonly url: string;
  /**
   * Takes no new connection, lets requests under way finish and closes each connection after its answer. What is left
   * after `graceMs` is cut off. Resolves to the number of requests that were.
   */
  close(graceMs: number): Promise<number>;
}

/** How often it is looked for streams of events that began while the server was being closed. */
const LOOK_EVERY_MS = 100;

/** @throws {StartError} PORT_IN_USE, PORT_REFUSED */
export function serve(app: RequestListener, options: ServeOptions): Promise<Serving> {
  const underWay = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    underWay.add(response);
    response.once('close', () => {
      underWay.delete(response);
      if (!server.listening) server.closeIdleConnections();
    });
    response.shouldKeepAlive &&= server.listening;
    app(request, response);
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(portError(options, error.code)));
    server.listen({ host: options.host, port: options.port }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : options.port;
      resolve({ url: `http://${options.host}:${port}`, close: (graceMs) => close(server, underWay, graceMs) });
    });
  });
}

function close(server: Server, underWay: ReadonlySet<ServerResponse>, graceMs: number): Promise<number> {
  return new Promise((resolve) => {
    let cut = 0;
    const cutOff = setTimeout(() => {
      cut = underWay.size;
      server.closeAllConnections();
    }, graceMs);
    const looking = setInterval(() => endStreams(underWay), LOOK_EVERY_MS);
    server.close(() => {
      clearTimeout(cutOff);
      clearInterval(looking);
      resolve(cut);
    });
    for (const response of underWay) response.shouldKeepAlive = false;
    endStreams(underWay);
    server.closeIdleConnections();
  });
}

/** A stream of events has no end of its own; a browser opens it again, elsewhere. */
function endStreams(underWay: ReadonlySet<ServerResponse>): void {
  for (const response of underWay)
    if (response.getHeader('content-type')?.toString().startsWith('text/event-stream') === true) response.end();
}
