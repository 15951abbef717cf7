import type { ModelShape } from '../../src/data-model.ts';

/** Models from a short form: `{ order: 'id user:user lines:orderLine' }`. */
export function shapes(models: Readonly<Record<string, string>>): ReadonlyMap<string, ModelShape> {
  return new Map(Object.entries(models).map(([key, fields]) => [key, shape(key, fields.split(' '))]));
}

function shape(key: string, fields: readonly string[]): ModelShape {
  const relations = fields.filter((field) => field.includes(':')).map((field) => field.split(':') as [string, string]);
  return {
    name: key.charAt(0).toUpperCase() + key.slice(1),
    key,
    scalars: new Set(fields.filter((field) => !field.includes(':'))),
    relations: new Map(relations),
  };
}
