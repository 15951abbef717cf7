export const COMMANDS = {
  cases: 'loads, saves and requests, ours and those of others (what is done without a command)',
  router: 'what routing costs beside the generated Prisma client',
  rows: "backfill and verify beside PostgreSQL's COPY, their memory, and what saves feel of it",
  growth: 'what an operation costs as the table and its sessions grow, with a plot',
  memory: 'memory of a shop that is idle, and of one under load',
  bloat: "what a million saves leave behind, in Django's table and in ours",
  all: 'one after the other',
} as const;

export type Command = keyof typeof COMMANDS;

interface NumberOption {
  readonly least: number;
  readonly most: number;
  readonly usual: number;
  /** Whether half of one is something. Default is no. */
  readonly isReal?: boolean;
  /** The commands that take it. */
  readonly of: readonly Command[];
  readonly help: string;
}

export const NUMBERS = {
  rounds: {
    least: 1,
    most: 99,
    usual: 3,
    of: ['cases', 'rows', 'growth'],
    help: 'how often each is measured; what is reported is the median',
  },
  seconds: {
    least: 0.05,
    most: 600,
    usual: 1,
    isReal: true,
    of: ['cases', 'growth'],
    help: 'length of one measurement',
  },
  sessions: { least: 64, most: 1_000_000, usual: 5_000, of: ['cases'], help: 'how many sessions each subject has' },
  rows: {
    least: 1_000,
    most: 100_000_000,
    usual: 200_000,
    of: ['rows'],
    help: 'sessions that are copied and compared',
  },
  'live-seconds': { least: 1, most: 600, usual: 15, of: ['rows'], help: 'length of one measurement of the saves' },
  'most-rows': { least: 10_000, most: 10_000_000, usual: 1_000_000, of: ['growth'], help: 'the largest table' },
  'load-seconds': { least: 5, most: 7_200, usual: 180, of: ['memory'], help: 'how long the shop is under load' },
  saves: { least: 50_000, most: 100_000_000, usual: 1_000_000, of: ['bloat'], help: 'fifty of each session' },
} as const satisfies Readonly<Record<string, NumberOption>>;

export type NumberName = keyof typeof NUMBERS;

/** The commands that take an option which not all of them do. */
export const commandsOf = (name: NumberName | 'only'): readonly Command[] =>
  name === 'only' ? ['cases'] : NUMBERS[name].of;
