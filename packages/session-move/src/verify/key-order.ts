import type { KeyEncoding } from '@switchyard/session-backends';
import type { MoveDatabase } from '../move-database.ts';

/** What keys are made of. */
const ALPHABET: Readonly<Record<KeyEncoding, string>> = {
  sha256: '0123456789abcdef',
  // Those of other libraries, too.
  plain: '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz',
};

/** All strings of three characters, in the order of the column and in that of the bytes. */
const PROBE = `with letters as (select unnest(string_to_array($1, null)) as letter),
  words as (select session_key as word from session where false
    union all select a.letter || b.letter || c.letter from letters a, letters b, letters c),
  ordered as (select row_number() over (order by word) as here, row_number() over (order by word collate "C") as by_byte from words)
  select bool_and(here = by_byte) as same from ordered`;

/**
 * What to put behind `session_key`, so that both databases go through their keys in the order of the bytes. Nothing, if
 * that is the order of the column already: only then the index is of use. A Danish database, say, has "aa" behind "z"; it is
 * read whole for every page.
 */
export async function keyOrder(database: MoveDatabase, encoding: KeyEncoding): Promise<string> {
  const [row] = await database.query(PROBE, [ALPHABET[encoding]]);
  return row?.['same'] === true ? '' : ' collate "C"';
}
