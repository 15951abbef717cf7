// Everything that has to hold before a change lands, one after the other; all of it is run even when a part fails.
import { spawnSync } from 'node:child_process';

const STEPS = [
  ['format', 'prettier', ['--check', '--log-level=warn', '.']],
  ['lint', 'oxlint', ['--type-aware', '--deny-warnings']],
  ['boundaries', process.execPath, ['scripts/check-boundaries.mjs']],
  ['imports', 'turbo', ['boundaries']],
  ['types', 'turbo', ['run', 'typecheck', '--output-logs=errors-only']],
  ['tests', 'npm', ['test', '--silent']],
];

const only = process.argv.slice(2);
const unknown = only.filter((name) => !STEPS.some(([step]) => step === name));
if (unknown.length > 0) {
  console.error(`unknown check: ${unknown.join(', ')}. The checks are: ${STEPS.map(([step]) => step).join(', ')}.`);
  process.exit(2);
}

const results = STEPS.filter(([step]) => only.length === 0 || only.includes(step)).map(([step, command, args]) => {
  console.log(`\n── ${step}`);
  const started = Date.now();
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  return { step, ok: status === 0, seconds: (Date.now() - started) / 1000 };
});

console.log();
for (const { step, ok, seconds } of results)
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${step.padEnd(10)} ${seconds.toFixed(1)} s`);
if (results.some(({ ok }) => !ok)) process.exitCode = 1;
