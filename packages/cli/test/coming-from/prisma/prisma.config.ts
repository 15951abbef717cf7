import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'schema.prisma',
  // Generating needs no database.
  datasource: { url: '' },
});
