import { EXIT } from '../../exit-codes.ts';
import type { MigrateVerb } from './migrate-verb.ts';

/** `--plan` */
export const planVerb: MigrateVerb = {
  asksRouters: true,
  run: async (migrator, alias) => {
    const pending = await migrator.plan();
    const what = pending.length === 0 ? 'nothing to apply' : `${pending.length} to apply; nothing is changed yet`;
    return {
      facts: { pending: pending.map(({ name, sql }) => ({ name, sql })) },
      lines: [`${alias}: ${what}`, ...pending.flatMap(({ name, sql }) => [`-- ${name}`, sql.trimEnd()])],
      exitCode: EXIT.done,
    };
  },
};
