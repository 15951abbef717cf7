import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const LEVELS: Readonly<Record<string, Style>> = { warn: 'yellow', error: 'red', fatal: ['red', 'bold'] };
/** What a reader knows anyway, or what is shown apart. */
const APART = new Set(['level', 'time', 'pid', 'msg', 'requestId', 'traceId', 'spanId']);
const OF_REQUEST = new Set(['method', 'path', 'status']);
/** Enough to tell the requests on a screen apart. */
const ID_LENGTH = 8;

/** Whether what is written to a terminal, or to a program that passes it on to one, may have colours. */
export const hasColours = (environment: NodeJS.ProcessEnv = process.env): boolean =>
  (environment['NO_COLOR'] ?? '') === '' &&
  (process.stdout.isTTY || !['', '0', 'false'].includes(environment['FORCE_COLOR'] ?? ''));

/** A line of the log for people: `17:03:21 warn  POST /basket/add 503 12 ms  (8f14e45f)`. */
export function prettyLine(json: string, colours = hasColours()): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return json;
  }
  const paint = (style: Style | undefined, text: string): string =>
    colours && style !== undefined && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  const { level, time, msg, requestId, method, path, status } = entry;
  const request = typeof method === 'string' ? [method, path, status].map(String) : [];
  const words = request.length > 0 ? request.join(' ') : textOf(msg ?? '');
  const rest = Object.entries(entry)
    .filter(([name, value]) => value !== false && !APART.has(name) && !(request.length > 0 && OF_REQUEST.has(name)))
    .map(([name, value]) => (name === 'ms' ? `${textOf(value)} ms` : `${name}=${textOf(value)}`));
  const id = typeof requestId === 'string' ? `(${requestId.slice(0, ID_LENGTH)})` : '';
  const parts = [
    paint('dim', new Date(String(time)).toLocaleTimeString('en-GB')),
    paint(LEVELS[String(level)], `${String(level).padEnd(5)}`),
    paint(LEVELS[String(level)], words),
    ...rest,
    request.length > 0 && msg !== 'request' ? textOf(msg ?? '') : '',
    paint('dim', id),
  ];
  return `${parts.filter((part) => part !== '').join(' ')}\n`;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
