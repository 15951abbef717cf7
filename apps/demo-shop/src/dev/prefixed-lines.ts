import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { styleText } from 'node:util';
import { hasColours } from '../telemetry/pretty-line.ts';

/** Writes a line of one of the processes, with its name in front. */
export type Say = (name: string, line: string) => void;

const COLOURS = ['cyan', 'magenta', 'green', 'yellow', 'blue'] as const;
const WIDTH = 'shop 10'.length;

/** What several processes write, each line with the name of its process, and each name in a colour of its own. */
export function prefixedLines(write: (text: string) => void, colours = hasColours()): Say {
  const names: string[] = [];
  return (name, line) => {
    if (!names.includes(name)) names.push(name);
    const colour = COLOURS[names.indexOf(name) % COLOURS.length] as (typeof COLOURS)[number];
    const prefix = `${name.padEnd(WIDTH)} │`;
    // A line that cannot be written has nobody to read it.
    write(`${colours ? styleText(colour, prefix, { validateStream: false }) : prefix} ${line}\n`);
  };
}

/** Passes on what a process writes, line by line. */
export function sayLinesOf(stream: Readable | null, name: string, say: Say): void {
  if (stream === null) return;
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
    if (line !== '') say(name, line);
  });
}
