// What the compiler leaves out of dist: templates, styles, pictures and the scripts of pages.
import { cpSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const workspace = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

cpSync(path.join(workspace, 'src'), path.join(workspace, 'dist'), {
  recursive: true,
  filter: (source) => statSync(source).isDirectory() || path.extname(source) !== '.ts',
});
