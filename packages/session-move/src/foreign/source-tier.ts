import type { Check } from '../operator/checks.ts';
import type { SourceFacts } from './inspect-source.ts';
import { nameOf, type MoveSource } from './move-source.ts';
import { COLUMNS } from './source-columns.ts';

/**
 * How closely a library can be followed, by what may be done to its table.
 *
 * - `A`: triggers. Every write of it is carried, and refused where the fence says so
 * - `B`: tables beside it, but no triggers: what the library writes is not seen
 * - `C`: nothing but the owner's rights, so that the whole table can be renamed away from the library
 * - `none`
 */
export type SourceTier = 'A' | 'B' | 'C' | 'none';

export function tierOf({ mayCreate, mayTrigger, mayRead, isOwner, sideSchema }: SourceFacts): SourceTier {
  // Somebody else may have made it, and have let this user in.
  if (typeof sideSchema === 'object' && mayRead) return 'A';
  if (mayCreate && mayTrigger && mayRead) return 'A';
  if (mayCreate && mayRead) return 'B';
  return isOwner ? 'C' : 'none';
}

/** What a move in each tier is without, compared with one between tables of our own. */
const DEGRADED: Readonly<Record<SourceTier, readonly string[]>> = {
  A: [
    'the library’s reads are not fenced: a process that still uses it after the first switch reads copies that are a moment old; its writes are refused',
    'a save of the library that comes after a destroy makes the session anew, as it always has, until the first switch',
    'keys are in clear and data in the library’s format in both databases',
    'whose session it is, is known of those that were saved through Switchyard',
    'each write of the library costs the database more: a row beside it is written, too',
  ],
  B: [
    'what the library writes after the start would not be carried, and nothing would keep it from writing after a switch',
  ],
  C: [
    'the table would go as a whole, without shares, and without a way back that keeps what was written since',
    'the shop would have no sessions from the moment of the renaming until they are copied',
  ],
  none: [],
};

export function degradedBy(source: MoveSource, tier: SourceTier, facts: SourceFacts): readonly string[] {
  const { schema, table } = nameOf(source);
  if (tier !== 'A') return DEGRADED[tier];
  return [
    ...DEGRADED.A,
    ...(facts.isByteOrder
      ? []
      : [
          `the keys are not in the order of their bytes, so that verify reads the whole table for each of its pages; an index helps: create index concurrently on ${schema}.${table} (${COLUMNS[source.kind].key.name} collate "C")`,
        ]),
    ...(facts.mayTruncate ? [] : ['complete will be refused: it empties the table, which this user may not']),
  ];
}

export function tierCheck(source: MoveSource, tier: SourceTier, { mayRead }: SourceFacts): Check {
  const { schema, table, sideSchema } = nameOf(source);
  return {
    name: 'rights',
    ok: tier === 'A',
    value: {
      A: 'tier A: triggers on the table, and a schema beside it',
      B: `tier B: no triggers on ${schema}.${table}`,
      C: 'tier C: the table is this user’s own, but no schema can be made beside it',
      none: `${mayRead ? 'neither' : 'neither the sessions to read, nor'} triggers nor a schema beside it, and the table is another user’s`,
    }[tier],
    threshold: 'tier A',
    remedy: {
      A: '',
      B: `grant trigger on ${schema}.${table} to this user, or have its owner give the SQL below`,
      C: `grant create on this database to this user, or have the schema ${sideSchema} made for it; otherwise: close the shop, rename the table, switchyard sessions import`,
      none: mayRead
        ? 'give this command as the table’s owner, or have its owner give the SQL below'
        : `give this command as the table’s owner; or grant usage on schema ${schema}, and select on ${schema}.${table}, to this user`,
    }[tier],
  };
}
