import type { SiteCopy, Version } from '@switchyard/session-backends/fence';
import type { MoveDatabase } from './move-database.ts';
import type { MoveSide } from './move-side.ts';

/**
 * Sends rows to the other side by the guarded copy, and looks at what is there afterwards: a row may have been refused
 * because something newer is there, or because the copy came too late. Resolves to the version of each key that the
 * other side holds now.
 */
export async function copyRows(to: MoveSide, copies: readonly SiteCopy[]): Promise<Map<string, Version>> {
  if (copies.length === 0) return new Map();
  const results = await to.site.copy(copies);
  const refused = copies.filter((_, i) => results[i]?.applied !== true);
  const there = await versionsAt(to.database, refused);
  copies.forEach(({ key, version }, i) => {
    if (results[i]?.applied === true) there.set(key, version);
  });
  return there;
}

async function versionsAt(database: MoveDatabase, copies: readonly SiteCopy[]): Promise<Map<string, Version>> {
  if (copies.length === 0) return new Map();
  const keys = copies.map(({ key }) => key);
  const rows = await database.query('select session_key, version from session where session_key = any ($1)', [keys]);
  return new Map(rows.map((row) => [row['session_key'] as string, Number(row['version'])]));
}
