import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { BENCHES } from '../src/commands.ts';
import type { Section } from '../src/report/section.ts';
import { replaceSection } from '../src/write-docs.ts';

const section: Section = {
  name: 'rows',
  json: {},
  lines: ['On a machine.', 'Medians.'],
  tables: [{ title: 'T', columns: [{ title: 'a', align: 'right' }], rows: [['1']] }],
  images: { 'rows.svg': '<svg/>' },
};
const page = (inside: string): string => `# P\n\n<!-- bench:rows -->${inside}<!-- /bench:rows -->\n\nMore.\n`;

describe('the page of the figures', () => {
  it('has them between the marks of their section, in place of the earlier ones', () => {
    const written = replaceSection(page('\n'), section);
    expect(written).toBe(
      page('\n\n**T**\n\n|   a |\n| --: |\n|   1 |\n\n![rows.svg](images/rows.svg)\n\n_On a machine. Medians._\n\n'),
    );
    expect(replaceSection(written, section)).toBe(written);
  });

  it('is not guessed at where it has no such marks', () => {
    expect(() => replaceSection('# P\n', section)).toThrow('<!-- bench:rows -->');
  });

  it('has a place for each section', async () => {
    const text = await readFile(path.join(__dirname, '../../../docs/performance.md'), 'utf8');
    for (const name of Object.keys(BENCHES)) expect(() => replaceSection(text, { ...section, name })).not.toThrow();
  });
});
