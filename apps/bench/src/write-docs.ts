import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BenchError } from './bench-error.ts';
import type { Section } from './report/section.ts';
import { renderMarkdown } from './report/table.ts';

/**
 * Puts what a section has found between its marks in docs/performance.md, and its plots into docs/images.
 * @throws {BenchError} OPTION_INVALID when the document has no such marks
 */
export async function writeDocs(project: string, sections: readonly Section[]): Promise<void> {
  const docs = path.join(project, 'docs');
  const file = path.join(docs, 'performance.md');
  let text = await readFile(file, 'utf8');
  for (const section of sections) {
    text = replaceSection(text, section);
    await mkdir(path.join(docs, 'images'), { recursive: true });
    for (const [name, svg] of Object.entries(section.images ?? {}))
      await writeFile(path.join(docs, 'images', name), svg);
  }
  await writeFile(file, text);
}

export function replaceSection(text: string, { name, lines, tables, images = {} }: Section): string {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from)
    throw new BenchError('OPTION_INVALID', `--write-docs: docs/performance.md has no ${begin} … ${end}.`);
  const plots = Object.keys(images).map((file) => `![${file}](images/${file})`);
  const parts = [...tables.map(renderMarkdown), ...plots, `_${lines.join(' ')}_`];
  return `${text.slice(0, from)}${begin}\n\n${parts.join('\n\n')}\n\n${text.slice(to)}`;
}
