import { EXIT } from '../../exit-codes.ts';
import type { MigrateVerb } from './migrate-verb.ts';

/** `--mark-applied NAME` and `--mark-rolled-back NAME` */
export const markVerb = (name: string, as: 'applied' | 'rolled back'): MigrateVerb => ({
  asksRouters: true,
  run: async (migrator, alias) => {
    await (as === 'applied' ? migrator.markApplied(name) : migrator.markRolledBack(name));
    return { facts: { marked: name, as }, lines: [`${alias}: marked ${name} as ${as}`], exitCode: EXIT.done };
  },
});
