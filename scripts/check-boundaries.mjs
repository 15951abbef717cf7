// Dependencies point one way: apps and the command line use the packages; session-move uses session-backends; router,
// session-backends, flags and databases know no sibling. `turbo boundaries` then holds the imports to what is declared.
import { readFileSync, readdirSync } from 'node:fs';

const ALLOWED = {
  'packages/databases': [],
  'packages/flags': [],
  'packages/router': [],
  'packages/session-backends': [],
  'packages/session-move': ['session-backends'],
  'packages/cli': ['databases', 'flags', 'router', 'session-backends', 'session-move'],
  'apps/demo-shop': ['databases', 'flags', 'router', 'session-backends', 'session-move'],
  'apps/rehearsal': ['databases', 'flags', 'router', 'session-backends', 'session-move'],
  'apps/bench': ['databases', 'flags', 'router', 'session-backends', 'session-move'],
};
/** Only composition roots choose a driver. */
const DRIVERS = ['pg', 'ioredis', '@prisma/client', '@prisma/adapter-pg'];
const MAY_DRIVE = ['packages/databases', 'packages/cli', 'apps/demo-shop', 'apps/rehearsal', 'apps/bench'];

const findings = [];
for (const folder of ['packages', 'apps'].flatMap((top) => readdirSync(top).map((name) => `${top}/${name}`))) {
  const { dependencies = {} } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const allowed = ALLOWED[folder];
  if (allowed === undefined) findings.push(`${folder} is not in the table of scripts/check-boundaries.mjs`);
  for (const name of Object.keys(dependencies)) {
    const sibling = name.startsWith('@switchyard/') ? name.slice('@switchyard/'.length) : undefined;
    if (sibling !== undefined && !allowed?.includes(sibling)) findings.push(`${folder} may not depend on ${name}`);
    if (DRIVERS.includes(name) && !MAY_DRIVE.includes(folder))
      findings.push(`${folder} may not depend on the driver ${name}`);
  }
}
for (const finding of findings) console.error(finding);
if (findings.length > 0) process.exitCode = 1;
else console.log('boundaries: dependencies point one way');
