import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';

export interface HoldOptions {
  /** Asked when the first byte is about to go out: true lets everything pass as if nobody held it. */
  readonly mayPass: () => boolean;
  /** Awaited before the first byte goes out. Headers may still be changed in it. */
  readonly beforeSending: (status: number) => Promise<void>;
  /** Writes another response, when beforeSending has failed; what was held is dropped. */
  readonly instead: (error: unknown) => void | Promise<void>;
}

type Callback = (error?: Error | null) => void;

/**
 * Holds a response back until `beforeSending` is through: what is written meanwhile is kept, in order, and replayed.
 * To its writer the response looks as one that is being sent: `headersSent` and `writableEnded` say so, `write` returns
 * false and `drain` follows.
 */
export function holdResponse(res: ServerResponse, { mayPass, beforeSending, instead }: HoldOptions): void {
  const original = { writeHead: res.writeHead, write: res.write, end: res.end, flushHeaders: res.flushHeaders };
  let state: 'waiting' | 'holding' | 'open' = 'waiting';
  let kept: (() => void)[] = [];
  let wantsDrain = false;
  let explicitHead: unknown[] | undefined;

  const open = (): void => {
    // The methods stay: others may have wrapped them meanwhile. From here on they only pass through.
    state = 'open';
    Reflect.deleteProperty(res, 'headersSent');
    Reflect.deleteProperty(res, 'writableEnded');
  };

  /** True: let the call pass, the response is open (now). */
  const passes = (): boolean => {
    if (state === 'waiting') {
      if (explicitHead === undefined && mayPass()) open();
      else hold();
    }
    return state === 'open';
  };

  const hold = (): void => {
    state = 'holding';
    Object.defineProperty(res, 'headersSent', { get: () => true, configurable: true });
    // Not at once: whoever called must have returned before anything is replayed.
    Promise.resolve()
      .then(() => beforeSending(res.statusCode))
      .then(replay, (error: unknown) => {
        open();
        return instead(error);
      })
      .catch((error: unknown) => res.destroy(error instanceof Error ? error : undefined));
  };

  const replay = (): void => {
    open();
    const calls = kept;
    kept = [];
    for (const call of calls) call();
    if (wantsDrain && !res.writableNeedDrain && !res.writableEnded) res.emit('drain');
  };

  res.writeHead = function writeHead(...args: unknown[]) {
    if (state === 'open' || (state === 'waiting' && mayPass())) {
      open();
      return Reflect.apply(original.writeHead, res, args) as ServerResponse;
    }
    if (explicitHead !== undefined)
      throw Object.assign(new Error('the headers have been written'), { code: 'ERR_HTTP_HEADERS_SENT' });
    // Its headers go where beforeSending can see and complete them.
    explicitHead = takeHead(res, args);
    const head = explicitHead;
    kept.push(() => void Reflect.apply(original.writeHead, res, head));
    hold();
    return res;
  };

  res.write = function write(chunk: unknown, encoding?: BufferEncoding | Callback, callback?: Callback) {
    if (passes()) return Reflect.apply(original.write, res, [chunk, encoding, callback]) as boolean;
    kept.push(() => void Reflect.apply(original.write, res, [chunk, encoding, callback]));
    wantsDrain = true;
    return false;
  } as typeof res.write;

  res.end = function end(...args: unknown[]) {
    if (passes()) return Reflect.apply(original.end, res, args) as ServerResponse;
    if (res.writableEnded) return res;
    kept.push(() => void Reflect.apply(original.end, res, args));
    Object.defineProperty(res, 'writableEnded', { get: () => true, configurable: true });
    return res;
  } as typeof res.end;

  res.flushHeaders = function flushHeaders() {
    if (passes()) return Reflect.apply(original.flushHeaders, res, []);
    kept.push(() => void Reflect.apply(original.flushHeaders, res, []));
  };
}

/** Moves writeHead's headers into the response, as node does; what is left are its status and reason. */
function takeHead(res: ServerResponse, [status, reason, given]: unknown[]): unknown[] {
  const headers = (typeof reason === 'string' ? given : (given ?? reason)) as
    OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined;
  res.statusCode = status as number;
  if (Array.isArray(headers)) {
    for (let i = 0; i < headers.length; i += 2) res.removeHeader(String(headers[i]));
    for (let i = 0; i < headers.length; i += 2)
      res.appendHeader(String(headers[i]), headers[i + 1] as string | string[]);
  } else for (const [name, value] of Object.entries(headers ?? {})) if (value !== undefined) res.setHeader(name, value);
  return typeof reason === 'string' ? [status, reason] : [status];
}
