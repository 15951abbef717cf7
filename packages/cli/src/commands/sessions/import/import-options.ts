import type { Alias } from '@switchyard/databases';
import type { KeyEncoding } from '@switchyard/session-backends';
import { ImportError } from '@switchyard/session-backends/foreign';

export const SOURCES = ['connect-redis', 'prisma-session-store', 'connect-pg-simple', 'django'] as const;
export type SourceName = (typeof SOURCES)[number];

/** As the command line has them. */
export interface ImportVerbOptions {
  readonly from: SourceName;
  readonly url?: string;
  readonly database: Alias;
  readonly prefix?: string;
  readonly table?: string;
  readonly columns?: readonly string[];
  readonly timeZone?: string;
  readonly user?: string;
  readonly ttl: number;
  readonly batch: number;
  readonly rate?: number;
  readonly restart?: boolean;
  readonly verify?: boolean;
  readonly keyEncoding?: KeyEncoding;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export const URL_VARIABLE = 'SWITCHYARD_SOURCE_URL';

/** Options that not every source has, and those that have them. */
const ONLY_FOR: readonly (readonly [keyof ImportVerbOptions, string, readonly SourceName[]])[] = [
  ['prefix', '--prefix', ['connect-redis']],
  ['table', '--table', ['prisma-session-store', 'connect-pg-simple', 'django']],
  ['columns', '--columns', ['prisma-session-store']],
  ['timeZone', '--time-zone', ['connect-pg-simple']],
  ['user', '--user', ['connect-redis', 'prisma-session-store', 'connect-pg-simple']],
];

/** @throws {ImportError} IMPORT_OPTION_INVALID for an option that would do nothing */
export function checkImportOptions(options: ImportVerbOptions): void {
  for (const [name, flag, sources] of ONLY_FOR)
    if (options[name] !== undefined && !sources.includes(options.from))
      throw invalid(`${flag} is for ${sources.join(', ')}, and not for ${options.from}.`);
  if (options.columns !== undefined && options.columns.length !== 3)
    throw invalid('--columns takes three names: session id, data, expiry. As in: --columns sid data expires_at');
}

/** @throws {ImportError} IMPORT_OPTION_INVALID; the URL, which may hold a password, is never shown */
export function sourceUrl({ from, url = process.env[URL_VARIABLE] }: ImportVerbOptions): URL {
  const [protocols, example] =
    from === 'connect-redis'
      ? [/^rediss?:$/, 'redis://user:password@host:6379/0']
      : [/^postgres(ql)?:$/, 'postgres://user:password@host:5432/database'];
  if (url === undefined || url === '')
    throw invalid(`Say where the sessions are: --url ${example}, or the same in ${URL_VARIABLE}.`);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isRedis = from === 'connect-redis';
  if (parsed === undefined || !protocols.test(parsed.protocol) || (isRedis && !/^\/?\d*$/.test(parsed.pathname)))
    throw invalid(`The URL of the source is not one of ${from}. It should look like ${example}.`);
  return parsed;
}

/** The secrets that Django's rows are signed with, from the environment. @throws {ImportError} IMPORT_OPTION_INVALID */
export function djangoSecrets(): readonly string[] {
  const secret = process.env['DJANGO_SECRET_KEY'] ?? '';
  if (secret === '')
    throw invalid(
      'Sessions of Django are signed: set DJANGO_SECRET_KEY to its SECRET_KEY, and DJANGO_SECRET_KEY_FALLBACKS, if there are any, to a JSON list of them.',
    );
  return [secret, ...fallbacks(process.env['DJANGO_SECRET_KEY_FALLBACKS'] ?? '[]')];
}

function fallbacks(text: string): readonly string[] {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list) && list.every((one): one is string => typeof one === 'string' && one !== '')) return list;
  } catch {
    // Said below, without what was parsed.
  }
  throw invalid('DJANGO_SECRET_KEY_FALLBACKS has to be a JSON list of secrets: ["one", "another"]');
}

const invalid = (message: string): ImportError => new ImportError('IMPORT_OPTION_INVALID', message);
