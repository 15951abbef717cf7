import { createHash } from 'node:crypto';

const names = new Map<string, string>();
const LIMIT = 1_000;

/**
 * A name for a statement's text, so that PostgreSQL parses and plans it once per connection. Texts beyond the limit stay
 * unnamed: they come from dynamic queries, and each name costs memory at the server.
 */
export function statementName(query: { readonly sql: string }): string {
  const known = names.get(query.sql);
  if (known !== undefined || names.size >= LIMIT) return known ?? '';
  const name = `p_${createHash('sha256').update(query.sql).digest('base64url').slice(0, 20)}`;
  names.set(query.sql, name);
  return name;
}
