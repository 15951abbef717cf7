import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Upper-case words in quotes in the files that define errors: the codes. */
function codesInSource(): Set<string> {
  const files = execFileSync('git', ['ls-files', '*-error.ts'], { encoding: 'utf8' }).trim().split('\n');
  const text = files
    .filter((file) => file.includes('/src/'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  return new Set([...text.matchAll(/'([A-Z]+(?:_[A-Z]+)*)'/g)].map((match) => match[1] as string));
}

function codesInDocument(): Set<string> {
  const rows = readFileSync('docs/errors.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const firstCells = rows.map((line) => line.split('|')[1] as string);
  return new Set(firstCells.flatMap((cell) => [...cell.matchAll(/`([A-Z_]+)`/g)].map((match) => match[1] as string)));
}

describe('docs/errors.md', () => {
  it('lists exactly the codes that the code can give', () => {
    const source = codesInSource();
    expect(source.size).toBeGreaterThan(50);
    expect([...codesInDocument()].sort()).toEqual([...source].sort());
  });
});
