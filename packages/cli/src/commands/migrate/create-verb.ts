import { EXIT } from '../../exit-codes.ts';
import type { MigrateVerb } from './migrate-verb.ts';

/** `--create NAME` */
export const createVerb = (name: string): MigrateVerb => ({
  asksRouters: false,
  run: async (migrator, alias) => {
    const created = await migrator.create(name);
    if (created === undefined)
      return {
        facts: { created: null },
        lines: [`${alias}: nothing to create: the migrations make what prisma/${alias}/schema.prisma says`],
        exitCode: EXIT.done,
      };
    const file = `prisma/${alias}/migrations/${created.name}/migration.sql`;
    const drops = /\bDROP (TABLE|COLUMN)\b/.test(created.sql);
    return {
      facts: { created: { name: created.name, file, sql: created.sql, drops } },
      lines: [
        `${alias}: created ${file}`,
        ...(drops
          ? ['It drops tables or columns with what is in them. What was renamed looks like that too: read it first.']
          : []),
      ],
      exitCode: EXIT.done,
    };
  },
});
