import type { ModelShape } from './data-model.ts';

type Row = Readonly<Record<string, unknown>>;
type Shapes = ReadonlyMap<string, ModelShape>;

/** Remembers which database rows came from, without touching the rows. */
export interface RowMemory {
  originOf(row: object): string | undefined;
  /** Remembers a row or a list of rows of the model, and the rows of other models inside of them. */
  remember(result: unknown, alias: string, model: string): void;
}

/** `shapes` are the models of each database, by alias. */
export function createRowMemory(shapes: ReadonlyMap<string, Shapes>): RowMemory {
  const origins = new WeakMap<object, string>();

  function rememberRow(row: Row, alias: string, shape: ModelShape | undefined): void {
    origins.set(row, alias);
    if (shape === undefined) return;
    for (const [field, target] of shape.relations) {
      if (row[field]) remember(row[field], alias, target);
    }
  }

  function remember(result: unknown, alias: string, model: string): void {
    const shape = shapes.get(alias)?.get(model);
    if (Array.isArray(result)) for (const row of result) rememberRow(row as Row, alias, shape);
    else if (typeof result === 'object' && result !== null) rememberRow(result as Row, alias, shape);
  }

  return { originOf: (row) => origins.get(row), remember };
}
