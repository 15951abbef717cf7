import type { PrismaClientLike } from './prisma-client-like.ts';
import { RouterError } from './router-error.ts';

/** The part of a model that routing needs: which of its fields lead to which model. */
export interface ModelShape {
  /** The name in the schema: `OrderLine`. */
  readonly name: string;
  /** The name on the client: `orderLine`. */
  readonly key: string;
  readonly scalars: ReadonlySet<string>;
  /** Field name to the key of the model that it leads to. */
  readonly relations: ReadonlyMap<string, string>;
}

interface RuntimeField {
  readonly name: string;
  readonly kind: string;
  readonly type: string;
  readonly relationName?: string;
}

interface RuntimeDataModel {
  readonly models: Readonly<Record<string, { readonly fields: readonly RuntimeField[] }>>;
}

/**
 * Reads the data model that a generated Prisma 7 client carries (`_runtimeDataModel`; not a public member, so this is
 * the only place that knows it). Throws INVALID_CLIENT where there is none.
 */
export function readDataModel(alias: string, client: PrismaClientLike): ReadonlyMap<string, ModelShape> {
  const dataModel = (client as { _runtimeDataModel?: RuntimeDataModel } | undefined)?._runtimeDataModel;
  if (typeof dataModel?.models !== 'object') {
    throw new RouterError(
      'INVALID_CLIENT',
      `Client '${alias}' is not a generated Prisma 7 client: it has no data model.`,
    );
  }
  const shapes = Object.entries(dataModel.models).map(([name, { fields }]) => shapeOf(name, fields));
  return new Map(shapes.map((shape) => [shape.key, shape]));
}

function shapeOf(name: string, fields: readonly RuntimeField[]): ModelShape {
  const relations = fields.filter((field) => field.relationName !== undefined);
  return {
    name,
    key: modelKey(name),
    scalars: new Set(fields.filter((field) => field.relationName === undefined).map((field) => field.name)),
    relations: new Map(relations.map((field) => [field.name, modelKey(field.type)])),
  };
}

function modelKey(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
