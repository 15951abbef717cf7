import { createRequire } from 'node:module';
import type { MainClient } from '@switchyard/databases';

interface ReadReplicas {
  readonly readReplicas: (options: { readonly replicas: readonly object[] }) => Parameters<MainClient['$extends']>[0];
}

export const READ_REPLICAS = '@prisma/extension-read-replicas';

/** Prisma's own extension: reads go to a replica, writes to the client; `undefined` where it is not installed. */
export function withReadReplicas(client: MainClient, replica: MainClient): MainClient | undefined {
  const require = createRequire(import.meta.filename);
  let found: ReadReplicas;
  try {
    found = require(READ_REPLICAS) as ReadReplicas;
  } catch {
    return undefined;
  }
  return client.$extends(found.readReplicas({ replicas: [replica] })) as unknown as MainClient;
}
