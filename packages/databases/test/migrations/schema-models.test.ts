import { readFileSync } from 'node:fs';
import path from 'node:path';
import { findProjectFolder } from '@switchyard/databases';
import { readSchemaModels } from '../../src/migrations/schema-models.ts';

it('reads models with their tables, fields and attributes, and nothing else', () => {
  const schema = `
    generator client {
      provider = "prisma-client"
    }
    // model Ghost { id Int @id }
model Order {
  id     String  @id @default(uuid(7)) @db.Uuid // the key
  note   String? @map("the_note") @default("a // b")
  lines  Line[]
  state  State

  @@index([note])
  @@map("orders")
  @@unique([id, note])
}

enum State {
  NEW
}

model Line {
  id    Int   @id
  order Order @relation(fields: [id], references: [id])
}
`;
  expect(readSchemaModels(schema)).toEqual([
    {
      name: 'Order',
      table: 'orders',
      fields: [
        { name: 'id', type: 'String', definition: 'String @db.Uuid @default(uuid(7)) @id', isRelation: false },
        { name: 'note', type: 'String', definition: 'String? @default("a // b") @map("the_note")', isRelation: false },
        { name: 'lines', type: 'Line', definition: 'Line[]', isRelation: true },
        { name: 'state', type: 'State', definition: 'State', isRelation: false },
      ],
      attributes: ['@@index([note])', '@@unique([id, note])'],
    },
    {
      name: 'Line',
      table: 'Line',
      fields: [
        { name: 'id', type: 'Int', definition: 'Int @id', isRelation: false },
        {
          name: 'order',
          type: 'Order',
          definition: 'Order @relation(fields: [id], references: [id])',
          isRelation: true,
        },
      ],
      attributes: [],
    },
  ]);
});

it('finds every model of this project’s schemas', () => {
  for (const alias of ['main', 'sessions']) {
    const schema = readFileSync(path.join(findProjectFolder(), 'prisma', alias, 'schema.prisma'), 'utf8');
    const models = readSchemaModels(schema);
    expect(models).toHaveLength(schema.match(/^model /gm)?.length ?? 0);
    expect(models.find(({ name }) => name === 'SessionFence')?.table).toBe('session_fence');
  }
});
