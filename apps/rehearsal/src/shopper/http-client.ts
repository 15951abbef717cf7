import http from 'node:http';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: Readonly<Record<string, string | number>>;
}

export interface HttpResponse {
  readonly status: number;
  /** `undefined` when the body is no JSON. */
  readonly json: unknown;
  readonly location: string | undefined;
  readonly setCookies: readonly string[];
  /** Of the server that has answered. */
  readonly port: number;
}

/** No whole answer came: the code of the network's error, or TIMEOUT. */
export interface NoResponse {
  readonly status: undefined;
  readonly reason: string;
  /** False when there was no connection to send it on; else it may have arrived. */
  readonly wasSent: boolean;
  /** Of the server that it was sent to; `undefined`: of none. */
  readonly port: number | undefined;
}

export interface HttpClient {
  readonly port: number;
  /** Resolves whatever happens: a request without an answer is a result. */
  send(request: HttpRequest): Promise<HttpResponse | NoResponse>;
  close(): void;
}

export interface HttpClientOptions {
  /** From sending to the last byte of the answer. Default is 10,000 ms. */
  readonly timeoutMs?: number;
}

const TIMEOUT = 'TIMEOUT';

// As behind any load balancer: a connection goes before the server, which keeps it for five seconds, closes it.
const IDLE_MS = 3_000;

/** One server of 127.0.0.1, over connections that are kept open. node:http, because fetch costs three times the CPU. */
export function createHttpClient(port: number, { timeoutMs = 10_000 }: HttpClientOptions = {}): HttpClient {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 256, timeout: IDLE_MS });
  return {
    port,
    close: () => agent.destroy(),
    send: ({ method, path, headers, body }) =>
      new Promise((resolve) => {
        const payload = body === undefined ? undefined : JSON.stringify(body);
        const request = http.request({
          agent,
          host: '127.0.0.1',
          port,
          method,
          path,
          headers: {
            accept: 'application/json',
            ...headers,
            ...(payload !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(payload),
            }),
          },
        });
        const giveUp = setTimeout(() => request.destroy(new Error(TIMEOUT)), timeoutMs);
        const end = (result: HttpResponse | NoResponse): void => {
          clearTimeout(giveUp);
          resolve(result);
        };
        request.on('error', (error) => end(noResponse(error, port)));
        request.on('response', (response) => {
          collect(response, port).then(end, (error: unknown) => end(noResponse(error, port)));
        });
        request.end(payload);
      }),
  };
}

async function collect(response: http.IncomingMessage, port: number): Promise<HttpResponse> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode ?? 0,
    json: parse(Buffer.concat(chunks).toString(), response.headers['content-type'] ?? ''),
    location: response.headers.location,
    setCookies: response.headers['set-cookie'] ?? [],
    port,
  };
}

function parse(text: string, contentType: string): unknown {
  if (!contentType.includes('json')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const noResponse = (error: unknown, port: number): NoResponse => ({
  status: undefined,
  reason: reasonOf(error),
  wasSent: (error as { syscall?: unknown } | null)?.syscall !== 'connect',
  port,
});

function reasonOf(error: unknown): string {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return code;
  return message === TIMEOUT ? TIMEOUT : 'BROKEN';
}
