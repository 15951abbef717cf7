export type ArrayItem = string | number | boolean | null;

const PLAIN = /^(?!null$)[\w-]+$/i;

const quote = (text: string): string =>
  PLAIN.test(text) ? text : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

const toText = (item: ArrayItem): string =>
  item === null ? 'NULL' : typeof item === 'string' ? quote(item) : String(item);

/**
 * What `read` finds in the items, as PostgreSQL reads an array; put together quicker than a driver does. Null when there is
 * nothing in it: beside others, unnest takes that for as many nulls.
 */
export function toArray<T>(items: readonly T[], read: (item: T) => ArrayItem): string | null {
  let isEmpty = true;
  let text = '';
  for (let i = 0; i < items.length; i++) {
    const item = read(items[i] as T);
    if (item !== null) isEmpty = false;
    text += i === 0 ? toText(item) : `,${toText(item)}`;
  }
  return isEmpty ? null : `{${text}}`;
}
