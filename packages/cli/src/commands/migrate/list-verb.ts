import type { MigrationState } from '@switchyard/databases';
import { EXIT } from '../../exit-codes.ts';
import type { MigrateVerb } from './migrate-verb.ts';

const MARKS: Readonly<Record<MigrationState, string>> = {
  applied: '[X]',
  pending: '[ ]',
  running: '[ ]',
  failed: '[!]',
  edited: '[~]',
  missing: '[?]',
};

const REMARKS: Readonly<Record<MigrationState, string>> = {
  applied: '',
  pending: '',
  running: '  (being applied now)',
  failed: '  (failed half-way)',
  edited: '  (edited after it was applied)',
  missing: '  (applied, but not in the folder)',
};

const SOUND: readonly MigrationState[] = ['applied', 'pending', 'running'];

/** `--list` */
export const listVerb: MigrateVerb = {
  asksRouters: false,
  run: async (migrator, alias) => {
    const migrations = await migrator.status();
    const sound = migrations.every(({ state }) => SOUND.includes(state));
    return {
      facts: { migrations },
      lines: [alias, ...migrations.map(({ name, state }) => ` ${MARKS[state]} ${name}${REMARKS[state]}`)],
      exitCode: sound ? EXIT.done : EXIT.findings,
    };
  },
};
