import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const project = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const read = (file: string): string => readFileSync(path.join(project, file), 'utf8');

/** A code block that names its file in a comment above it is that file, whole. */
const quotations = readdirSync(path.join(project, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) =>
    [...read(`docs/${name}`).matchAll(/<!-- ((?:packages|apps)\/\S+) -->\s*```\w+\n([\s\S]*?)```/g)].map(
      ([, file, text]) => ({ name, file: file as string, text: text as string }),
    ),
  );

it('finds the quotations', () => {
  expect(quotations.length).toBeGreaterThan(1);
});

it.each(quotations)('docs/$name quotes $file as it is', ({ file, text }) => {
  expect(text).toBe(read(file));
});
