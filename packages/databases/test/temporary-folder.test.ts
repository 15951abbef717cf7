import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { makeTemporaryFolder } from '../src/embedded/temporary-folder.ts';
import { unprivilegedUser } from '../src/embedded/unprivileged.ts';

describe('a folder for servers that are thrown away', () => {
  it('can be entered by the user whom PostgreSQL runs as, also where the temporary folder is private', () => {
    const privately = mkdtempSync(path.join(os.tmpdir(), 'switchyard-private-'));
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = privately;
    const folder = makeTemporaryFolder('switchyard-thrown-away-');
    process.env['TMPDIR'] = before ?? os.tmpdir();
    const { status } = spawnSync('test', ['-x', folder], { ...unprivilegedUser(), cwd: '/' });
    rmSync(folder, { recursive: true });
    rmSync(privately, { recursive: true, force: true });
    expect(status).toBe(0);
  });
});
