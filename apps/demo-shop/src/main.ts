import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkConnection, checkMigrated, DatabaseError } from '@switchyard/databases';
import { ConfigError, readConfig } from './config.ts';
import { controlsOfParent } from './dev/controls-of-parent.ts';
import { DEMO_CUSTOMER } from './dev/demo-customer.ts';
import { StartError } from './start-error.ts';
import { startShop } from './start-shop.ts';

// The shop alone, on databases that are there and migrated. `npm run dev` starts those too.
try {
  const config = readConfig(process.env);
  // Without the main database there is no shop. The other one may be away: whether it is needed is for the flags and
  // the fences to say.
  await checkConnection('main', config.mainUrl);
  await checkMigrated('main', config.mainUrl);
  const devControls = config.production ? undefined : controlsOfParent();
  await startShop(config, {
    programFolder: path.dirname(fileURLToPath(import.meta.url)),
    ...(devControls !== undefined && { devControls, demoCustomer: DEMO_CUSTOMER }),
  });
} catch (error) {
  const expected = error instanceof ConfigError || error instanceof StartError || error instanceof DatabaseError;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${expected ? message : `The shop did not start: ${message}`}\n`);
  process.exit(expected ? 2 : 1);
}
