import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const script = path.join(__dirname, '../scripts/copy-files.mjs');

describe('a build', () => {
  it('has beside the programs what they read: templates, styles, pictures, scripts of pages, and nothing else', () => {
    const workspace = mkdtempSync(path.join(os.tmpdir(), 'shop-build-'));
    try {
      for (const folder of ['scripts', 'src/views', 'src/assets/products', 'src/shop'])
        mkdirSync(path.join(workspace, folder), { recursive: true });
      cpSync(script, path.join(workspace, 'scripts/copy-files.mjs'));
      const files = ['views/page.eta', 'assets/shop.css', 'assets/shop.js', 'assets/products/cup.svg'];
      for (const file of [...files, 'main.ts', 'shop/types.d.ts']) writeFileSync(path.join(workspace, 'src', file), '');
      execFileSync(process.execPath, [path.join(workspace, 'scripts/copy-files.mjs')]);
      const built = readdirSync(path.join(workspace, 'dist'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(path.join(workspace, 'dist'), path.join(entry.parentPath, entry.name)));
      expect(built.toSorted()).toEqual(files.toSorted());
    } finally {
      rmSync(workspace, { recursive: true });
    }
  });
});
