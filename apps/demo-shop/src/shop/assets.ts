import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import express, { type RequestHandler } from 'express';

export interface Assets {
  /** Serves the folder. An address that carries the fingerprint of the content may be kept for a year. */
  readonly serve: RequestHandler;
  /** `/assets/shop.css?v=4f1c…` of `shop.css`; without the fingerprint where there is no such file. */
  href(file: string): string;
}

const YEAR_SECONDS = 31_536_000;
const SHORT_SECONDS = 300;

/** Reads the folder once; files changed later keep the fingerprint they had. */
export function createAssets(folder: string): Assets {
  const fingerprints = new Map(listFiles(folder).map((file) => [file, fingerprint(path.join(folder, file))]));
  const files = express.static(folder, { index: false, redirect: false, cacheControl: false });
  return {
    serve: (request, response, next) => {
      const isCurrent = fingerprints.get(request.path.slice(1)) === request.query['v'];
      const seconds = isCurrent ? `${YEAR_SECONDS}, immutable` : `${SHORT_SECONDS}`;
      response.setHeader('Cache-Control', `public, max-age=${seconds}`);
      files(request, response, (error?: unknown) => {
        response.removeHeader('Cache-Control');
        next(error);
      });
    },
    href: (file) => {
      const version = fingerprints.get(file);
      return version === undefined ? `/assets/${encodeURI(file)}` : `/assets/${file}?v=${version}`;
    },
  };
}

const listFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));

const fingerprint = (file: string): string =>
  createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12);
