import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'schema.prisma',
  migrations: { path: 'migrations' },
  // Not env(): generating needs no database, and env() throws when the variable is unset.
  datasource: { url: process.env['MAIN_DATABASE_URL'] ?? '' },
});
