import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { findProjectFolder } from '@switchyard/databases';
import type { SideUrls } from '../moving/sides.ts';

export interface Copied {
  readonly tookMs: number;
}

/** Of a program whose process did nothing else: its memory is that of the job. */
export interface JobOutcome extends Copied {
  readonly rssAtStart: number;
  /** At most, in bytes. */
  readonly rss: number;
}

export interface Backfilled extends JobOutcome {
  readonly rows: number;
  /** In the end, the share of its full speed. */
  readonly speed: number;
}

export interface Verified extends JobOutcome {
  readonly report: { readonly rows: { readonly old: number }; readonly found: Readonly<Record<string, number>> };
}

async function run(script: string, { old, new: newUrl }: SideUrls, ...more: string[]): Promise<unknown> {
  const main = path.join(findProjectFolder(), 'packages/session-move/scripts', script);
  const args = ['--conditions=@switchyard/source', '--import', 'tsx', main, old, newUrl, ...more];
  return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout) as unknown;
}

/** PostgreSQL's COPY from one server to the other, both on this machine; what was in the new one is thrown away. */
export const copyOnce = async (urls: SideUrls): Promise<Copied> => (await run('copy-once.ts', urls)) as Copied;

/** For so many seconds at most. */
export const backfillOnce = async (urls: SideUrls, throttle: 'auto' | 'off', seconds: number): Promise<Backfilled> =>
  (await run('backfill-once.ts', urls, throttle, String(seconds))) as Backfilled;

export const verifyOnce = async (urls: SideUrls): Promise<Verified> => (await run('verify-once.ts', urls)) as Verified;
