import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Alias } from '../aliases.ts';
import { prismaFolder } from '../project-folder.ts';

/** A model of a schema, as far as it has to be known without Prisma's own parser. */
export interface SchemaModel {
  /** `OrderLine` */
  readonly name: string;
  /** `order_line` */
  readonly table: string;
  readonly fields: readonly SchemaField[];
  /** `@@index([userId])` and the like, without `@@map`. */
  readonly attributes: readonly string[];
}

export interface SchemaField {
  readonly name: string;
  /** The type without `?` and `[]`. */
  readonly type: string;
  /** Type and attributes, in one order and with single spaces. */
  readonly definition: string;
  /** Leads to another model. */
  readonly isRelation: boolean;
}

/** The models of a database's schema. */
export async function readModels(project: string, alias: Alias): Promise<SchemaModel[]> {
  return readSchemaModels(await readFile(path.join(prismaFolder(project, alias), 'schema.prisma'), 'utf8'));
}

/** Reads the models of a Prisma schema that holds; what is no model is left out. */
export function readSchemaModels(schema: string): SchemaModel[] {
  const blocks = [...withoutComments(schema).matchAll(/^\s*model\s+(\w+)\s*\{([^]*?)^\s*\}/gm)];
  const names = new Set(blocks.map(([, name]) => name));
  return blocks.map(([, name = '', body = '']) => {
    const lines = body.split('\n').map((line) => line.trim().replaceAll(/\s+/g, ' '));
    const attributes = lines.filter((line) => line.startsWith('@@'));
    const table = attributes.map((line) => /^@@map\((?:name: ?)?"([^"]+)"\)/.exec(line)?.[1]).find(Boolean) ?? name;
    return {
      name,
      table,
      fields: lines.filter((line) => /^\w/.test(line)).map((line) => readField(line, names)),
      attributes: attributes.filter((line) => !line.startsWith('@@map')).sort(),
    };
  });
}

function readField(line: string, models: ReadonlySet<string | undefined>): SchemaField {
  const [name = '', written = '', ...rest] = line.split(' ');
  const type = written.replace(/[?[\]]+$/, '');
  const attributes = rest
    .join(' ')
    .split(/ (?=@)/)
    .filter((attribute) => attribute !== '')
    .sort();
  return { name, type, definition: [written, ...attributes].join(' '), isRelation: models.has(type) };
}

/** A comment begins at // that is not inside of a string. */
const withoutComments = (schema: string): string =>
  schema.replaceAll(/("(?:[^"\\\n]|\\.)*")|\/\/.*$/gm, (_, text: string | undefined) => text ?? '');
