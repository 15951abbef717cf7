import { VERB_OPTIONS, type MoveVerb, type VerbOption, type VerbOptions } from '@switchyard/session-move';

/** Those that mean something to the shop: it has never kept its sessions in another library's table. */
export const optionsOf = (verb: MoveVerb): readonly VerbOption[] =>
  VERB_OPTIONS[verb].filter(({ name }) => name !== 'librarySilence');

const flagOf = (flags: string): string => flags.split(' ', 1)[0] as string;

/** The name of its field: that of the flag. */
export const fieldOf = (flags: string): string => flagOf(flags).slice('--'.length);

/** The options of a step as its form has them. */
export const optionFields = (verb: MoveVerb, texts: ReadonlyMap<string, string>) =>
  optionsOf(verb).map(({ flags, does, read }) => ({
    name: fieldOf(flags),
    flag: flagOf(flags),
    does,
    isOnOrOff: read === undefined,
    /** What stands behind the flag: "rows". */
    takes: /<(.+)>/.exec(flags)?.[1] ?? '',
    text: texts.get(fieldOf(flags)) ?? '',
  }));

/** What was said beside a verb, as one would on the command line: "--rate 500 --no-throttle". */
export const sayOptions = (verb: MoveVerb, options: VerbOptions): string =>
  optionsOf(verb)
    .flatMap(({ name, flags, read }) => {
      const value = options[name];
      if (value === undefined) return [];
      if (read === undefined) return [flagOf(flags)];
      return [`${flagOf(flags)} ${name === 'sample' ? `${Number((Number(value) * 100).toFixed(4))}%` : value}`];
    })
    .join(' ');
