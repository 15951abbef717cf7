import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Router } from 'express';

export interface OpsAssets {
  readonly router: Router;
  /** The address of a file, with the fingerprint of what is in it. */
  href(file: string): string;
}

/** From node_modules, served as they are. */
const VENDOR: Readonly<Record<string, string>> = {
  'htmx.js': 'htmx.org/dist/htmx.min.js',
  'uplot.js': 'uplot/dist/uPlot.iife.min.js',
  'uplot.css': 'uplot/dist/uPlot.min.css',
};

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A handful of small files, read once. They hold no secret: the login page needs them. */
export function createOpsAssets(folder: string, mountedAt: string): OpsAssets {
  const installed = createRequire(path.join(folder, 'from-here.js'));
  const paths = [
    ...readdirSync(folder).map((file) => [file, path.join(folder, file)] as const),
    ...Object.entries(VENDOR).map(([file, module]) => [file, installed.resolve(module)] as const),
  ];
  const files = new Map(
    paths.map(([file, found]) => {
      const content = readFileSync(found);
      return [file, { content, mark: createHash('sha256').update(content).digest('hex').slice(0, 12) }];
    }),
  );
  const router = Router();
  router.get('/:file', (request, response, next) => {
    const { file } = request.params;
    const found = files.get(file);
    if (found === undefined) return next();
    const isCurrent = request.query['v'] === found.mark;
    response
      .set('Content-Type', TYPES[path.extname(file)] ?? 'application/octet-stream')
      .set('Cache-Control', isCurrent ? 'public, max-age=31536000, immutable' : 'public, max-age=300')
      .send(found.content);
  });
  return { router, href: (file) => `${mountedAt}/${file}?v=${files.get(file)?.mark ?? ''}` };
}
