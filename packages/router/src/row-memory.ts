import type { ModelShape } from './data-model.ts';

type Row = Readonly<Record<string, unknown>>;
type Shapes = ReadonlyMap<string, ModelShape>;

/** Remembers which database rows came from, in a way that nothing but this memory can see. */
export interface RowMemory {
  originOf(row: object): string | undefined;
  /** Remembers a row or a list of rows of the model, and the rows of other models inside of them. */
  remember(result: unknown, alias: string, model: string): void;
}

/** A relation of a model, with what is known of the model that it leads to. */
interface Lead {
  readonly field: string;
  readonly leads: Leads;
}

/** The relations of a model. A list, since it is gone through for each row. */
type Leads = Lead[];

/** `shapes` are the models of each database, by alias. */
export function createRowMemory(shapes: ReadonlyMap<string, Shapes>): RowMemory {
  const { mark, read } = createOriginMarks();
  const leadsOf = new Map([...shapes].map(([alias, models]) => [alias, linkModels(models)]));

  function rememberRow(row: Row, alias: string, leads: Leads): void {
    mark(row, alias);
    for (const { field, leads: next } of leads) if (row[field]) remember(row[field], alias, next);
  }

  function remember(result: unknown, alias: string, leads: Leads): void {
    if (Array.isArray(result)) for (const row of result) rememberRow(row as Row, alias, leads);
    else if (typeof result === 'object' && result !== null) rememberRow(result as Row, alias, leads);
  }

  return {
    originOf: read,
    remember: (result, alias, model) => remember(result, alias, leadsOf.get(alias)?.get(model) ?? []),
  };
}

function linkModels(models: Shapes): ReadonlyMap<string, Leads> {
  const linked = new Map([...models.keys()].map((key): [string, Leads] => [key, []]));
  for (const [key, { relations }] of models) {
    for (const [field, target] of relations) linked.get(key)?.push({ field, leads: linked.get(target) ?? [] });
  }
  return linked;
}

interface OriginMarks {
  mark(row: object, alias: string): void;
  read(row: object): string | undefined;
}

/**
 * A WeakMap would do, but costs more than all the rest of routing when a result has many rows. A private name does the
 * same for next to nothing: a class can put its private field on an object that its parent's constructor returns, where
 * no reflection, copy or serialization finds it. The class is made anew for each memory, so that memories do not see each other's marks. Frozen rows, which
 * engines may close to private fields, are kept in a WeakMap.
 */
function createOriginMarks(): OriginMarks {
  const frozen = new WeakMap<object, string>();

  class Given {
    constructor(row: object) {
      return row;
    }
  }

  class Mark extends Given {
    #alias: string;

    constructor(row: object, alias: string) {
      super(row);
      this.#alias = alias;
    }

    static set(row: object, alias: string): void {
      if (#alias in row) row.#alias = alias;
      else
        try {
          // Asking first whether the row is frozen would take longer than all the rest.
          new Mark(row, alias);
        } catch {
          frozen.set(row, alias);
        }
    }

    static get(row: object): string | undefined {
      if (typeof row !== 'object' || row === null) return undefined;
      return #alias in row ? row.#alias : frozen.get(row);
    }
  }

  return { mark: Mark.set, read: Mark.get };
}
