import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { RequestHandler } from 'express';
import { packedOf, type PackedFile } from './packed-file.ts';

export interface Assets {
  /** Serves the files. An address that carries the fingerprint of the content may be kept for a year. */
  readonly serve: RequestHandler;
  /** `/assets/shop.css?v=4f1c…` of `shop.css`; without the fingerprint where there is no such file. */
  href(file: string): string;
}

const YEAR_SECONDS = 31_536_000;
const SHORT_SECONDS = 300;

/**
 * Reads the folder once and keeps it in memory, some 150 kB; files changed later are served as they were. `others` are
 * files from elsewhere, by the name that they are served under.
 */
export function createAssets(folder: string, others: Readonly<Record<string, string>> = {}): Assets {
  const own = listFiles(folder).map((file) => [file, path.join(folder, file)] as const);
  const files = new Map([...own, ...Object.entries(others)].map(([file, source]) => [file, readAsset(source)]));
  return {
    serve: async (request, response, next) => {
      const file = decode(request.path.slice(1));
      const asset = files.get(file);
      if (asset === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return next();
      const encoding = request.acceptsEncodings('br', 'gzip');
      const { body, etag, contentEncoding } = await asset.packed(encoding);
      const seconds = request.query['v'] === asset.fingerprint ? `${YEAR_SECONDS}, immutable` : `${SHORT_SECONDS}`;
      response.set({ 'Cache-Control': `public, max-age=${seconds}`, ETag: etag }).vary('Accept-Encoding');
      if (contentEncoding !== undefined) response.set('Content-Encoding', contentEncoding);
      // Answers 304 by itself to who has it.
      response.type(path.extname(file)).send(body);
    },
    href: (file) => {
      const fingerprint = files.get(file)?.fingerprint;
      return fingerprint === undefined ? `/assets/${encodeURI(file)}` : `/assets/${encodeURI(file)}?v=${fingerprint}`;
    },
  };
}

interface Asset extends PackedFile {
  readonly fingerprint: string;
}

const listFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));

function readAsset(file: string): Asset {
  const content = readFileSync(file);
  const fingerprint = createHash('sha256').update(content).digest('hex').slice(0, 12);
  return { fingerprint, ...packedOf(content, fingerprint) };
}

function decode(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return '';
  }
}
