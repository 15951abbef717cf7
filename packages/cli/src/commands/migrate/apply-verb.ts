import { EXIT } from '../../exit-codes.ts';
import type { MigrateVerb } from './migrate-verb.ts';

/** Without any option: apply what is pending. */
export const applyVerb: MigrateVerb = {
  asksRouters: true,
  run: async (migrator, alias) => {
    const applied = await migrator.apply();
    return {
      facts: { applied },
      lines: applied.length === 0 ? [`${alias}: nothing to apply`] : applied.map((name) => `${alias}: applied ${name}`),
      exitCode: EXIT.done,
    };
  },
};
