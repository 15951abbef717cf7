import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { countOf } from '../../count-of.ts';
import { EXIT } from '../../exit-codes.ts';
import { print, printJson, tell } from '../../output.ts';
import { checkProject } from './check-project.ts';

interface CheckOptions {
  readonly json?: boolean;
}

/** `switchyard check` */
export function checkCommand(program: Command, { findProject, done }: CommandContext): void {
  program
    .command('check')
    .description('compare routers, schemas, migrations and tables with each other; change nothing')
    .option('--json', 'print one JSON object')
    .action(async (options: CheckOptions) => done(await check(findProject(), options)));
}

async function check(project: string, { json }: CheckOptions): Promise<number> {
  const { findings, skipped } = await checkProject(project);
  for (const reason of skipped) tell(`Not compared with what its migrations make: ${reason}`);
  if (json === true) printJson({ findings, skipped });
  else {
    for (const { code, message, todo } of findings) {
      const [first, ...rest] = message.split('\n');
      print([`${code}  ${first}`, ...rest.map((line) => `  ${line}`), `  → ${todo}`].join('\n'));
    }
    print(findings.length === 0 ? 'nothing found' : `${countOf(findings.length, 'finding')}`);
  }
  return findings.length === 0 ? EXIT.done : EXIT.findings;
}
