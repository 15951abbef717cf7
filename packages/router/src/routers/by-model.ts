import type { Hints, Router } from '../router.ts';

export interface ByModelOptions<Alias extends string> {
  /** Named in explanations and errors. Default is `by-model`. */
  readonly name?: string;
  /**
   * The database that owns a schema: `{ sessions: 'sessions' }`. Its migrations are kept out of every other database,
   * and other schemas' migrations stay a matter for the next router. Default is none.
   */
  readonly schemas?: Readonly<Record<string, Alias>>;
}

/** Sends each model of the table to its database, for reads and writes; no opinion on other models. */
export function byModel<const Model extends string, const Alias extends string>(
  table: Readonly<Record<Model, Alias>>,
  options: ByModelOptions<NoInfer<Alias>> = {},
): Router<Alias, Model> {
  const aliases = new Map<string, Alias>(Object.entries<Alias>(table));
  const schemas = new Map<string, Alias>(Object.entries<Alias>(options.schemas ?? {}));
  const routes = Object.entries<Alias>(table).map(([model, alias]) => ({ model: model as Model, alias }));
  const owners = [...schemas.values()].map((alias) => ({ alias }));
  return {
    name: options.name ?? 'by-model',
    routes: [...routes, ...owners],
    dbForRead: (model: string) => aliases.get(model),
    dbForWrite: (model: string) => aliases.get(model),
    allowMigrate: (alias: string, schema: string, _hints: Hints) => {
      const owner = schemas.get(schema);
      return owner === undefined ? undefined : owner === alias;
    },
  };
}
