import type { Command, Option } from 'commander';
import fc from 'fast-check';
import { createProgram } from '../src/program.ts';
import { runSwitchyard } from './support/run-switchyard.ts';

const PASSWORD = 'pa55-that-nobody-may-read';
/** Where nobody listens, or no address at all: what is understood fails there, and does nothing. */
const url = fc.constantFrom(
  `postgres://shop:${PASSWORD}@127.0.0.1:1/main`,
  `postgres://shop:${PASSWORD}@127.0.0.1:1/sessions?sslmode=${PASSWORD}`,
  `postgres://shop:${PASSWORD}@127.0.0.1:99999/main`,
  `postgres://shop:${PASSWORD}@[main`,
  `postgres://shop:${PASSWORD}%zz@127.0.0.1:1/main`,
  `mysql://shop:${PASSWORD}@127.0.0.1/main`,
  `//${PASSWORD}@127.0.0.1`,
  PASSWORD,
);
/** They go on until they are told to stop, or write files. */
const LEFT_OUT = ['worker', 'help', '--create', '--watch', '--write-migration'];

interface Entry {
  readonly words: readonly string[];
  readonly options: readonly Option[];
}

const leavesOf = (command: Command, words: readonly string[] = []): readonly Entry[] => [
  { words, options: command.options.filter(({ long }) => !LEFT_OUT.includes(long ?? '')) },
  ...command.commands
    .filter((child) => !LEFT_OUT.includes(child.name()))
    .flatMap((child) => leavesOf(child, [...words, child.name()])),
];

const entries = leavesOf(createProgram({ findProject: () => process.cwd(), done: () => undefined }));

const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '',
    '-1',
    '0',
    '1',
    '1e9',
    '5%',
    '100%',
    'NaN',
    'Infinity',
    '0x10',
    '１２',
    ' 7 ',
    '--',
    '-',
    '/dev/null',
  ),
  fc.constantFrom(
    'on',
    'off',
    'main',
    'sessions',
    'migration_flag',
    '../..',
    '%s%n',
    '\u0000',
    '\u001b[31m',
    '__proto__',
  ),
  fc.integer().map(String),
);

const commandLine = fc.constantFrom(...entries).chain(({ words, options }) =>
  fc
    .tuple(
      fc
        .subarray([...options])
        .chain((given) =>
          fc.tuple(
            ...given.map(({ long, required, optional }) =>
              required || optional ? value.map((text) => [long as string, text]) : fc.constant([long as string]),
            ),
          ),
        ),
      fc.array(value, { maxLength: 2 }),
      fc.boolean(),
    )
    .map(([chosen, stray, isStrayFirst]) =>
      isStrayFirst ? [...words, ...stray, ...chosen.flat()] : [...words, ...chosen.flat(), ...stray],
    ),
);

describe('a command line that nobody would give', () => {
  it('is refused, with what to do, and tells no password', async () => {
    await fc.assert(
      fc.asyncProperty(commandLine, url, url, async (words, main, sessions) => {
        const { code, stdout, stderr } = await runSwitchyard({ urls: { main, sessions } }, words);
        expect([0, 2, 4]).toContain(code);
        if (code !== 0) expect((stdout + stderr).trim()).not.toBe('');
        expect(stdout + stderr).not.toContain(PASSWORD);
        expect(stderr).not.toMatch(/\n\s+at .+:\d+:\d+/);
      }),
      { numRuns: 200 },
    );
  });
});
