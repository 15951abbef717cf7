import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** What is run in processes of their own: name → file, below the project's folder. */
const SOURCES = {
  rehearsal: 'apps/rehearsal/src/main.ts',
  shop: 'apps/demo-shop/src/main.ts',
  worker: 'apps/rehearsal/src/move/worker-main.ts',
  controller: 'apps/rehearsal/src/move/controller-main.ts',
  'end-with-parent': 'apps/rehearsal/src/stage/end-with-parent.ts',
  'naive-store': 'apps/rehearsal/src/naive/naive-store.ts',
} as const;

export type ProgramName = keyof typeof SOURCES;

/** Where each program is, ready for node as it is. */
export interface Programs {
  fileOf(name: ProgramName): string;
}

/** Those that `bundlePrograms` has put below this folder. */
export const programsIn = (folder: string): Programs => ({
  fileOf: (name) => path.join(folder, 'programs', `${name}.mjs`),
});

/**
 * Puts the programs below `folder`, as JavaScript that shares what is common. A rehearsal starts some ten processes, and
 * starts them again when they are killed: translating the sources in each would be most of what they do.
 */
export async function bundlePrograms(project: string, folder: string): Promise<Programs> {
  await build({
    entryPoints: Object.entries(SOURCES).map(([out, source]) => ({ in: path.join(project, source), out })),
    outdir: path.join(folder, 'programs'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@switchyard/source'],
    logLevel: 'error',
    plugins: [packagesStayWhereTheyAre, sourcesKnowWhereTheyWere],
  });
  return programsIn(folder);
}

/** A package is loaded from where its importer would have found it, which is not where the bundle is. */
const packagesStayWhereTheyAre: Plugin = {
  name: 'packages-stay-where-they-are',
  setup: ({ onResolve, resolve }) => {
    onResolve({ filter: /^[^./]/ }, async ({ path: name, pluginData, ...where }) => {
      if (pluginData === 'asked' || name.startsWith('@switchyard/')) return undefined;
      const found = await resolve(name, { ...where, pluginData: 'asked' });
      return { ...found, external: true };
    });
  },
};

/** Views, assets and the project's folder are found from the place of the source. */
const sourcesKnowWhereTheyWere: Plugin = {
  name: 'sources-know-where-they-were',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
      const source = await readFile(file, 'utf8');
      return { loader: 'ts', contents: source.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(file).href)) };
    });
  },
};
