export type ArrayItem = string | number | boolean | null;

const PLAIN = /^(?!null$)[\w-]+$/i;

const quote = (text: string): string =>
  PLAIN.test(text) ? text : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

const toText = (item: ArrayItem): string =>
  item === null ? 'NULL' : typeof item === 'string' ? quote(item) : String(item);

/**
 * An array as PostgreSQL reads it, put together quicker than a driver does. Null when there is nothing in it: beside
 * others, unnest takes that for as many nulls.
 */
export function toArray(items: readonly ArrayItem[]): string | null {
  let isEmpty = true;
  let text = '';
  for (const item of items) {
    if (item !== null) isEmpty = false;
    text += text === '' ? toText(item) : `,${toText(item)}`;
  }
  return isEmpty ? null : `{${text}}`;
}
