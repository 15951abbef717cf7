import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'schema.prisma',
  // Generating needs no database, and the bench names its own.
  datasource: { url: '' },
});
