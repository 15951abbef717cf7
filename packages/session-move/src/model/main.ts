import { mutantJobs, runJob, scenarioJobs } from './jobs.ts';
import type { Job } from './jobs.ts';
import { HELP, parseOptions } from './options.ts';
import type { ModelOptions } from './options.ts';
import { describe, exitCodeOf, reportOf, summarize } from './report.ts';
import { runJobs } from './run-jobs.ts';

/** Called so, this program is one of the children that do the work. */
const CHILD = '--child';

/** The longest runs come first, so that the short ones fill the gaps. */
function jobsOf({ deep, only }: ModelOptions): readonly Job[] {
  const jobs = [...scenarioJobs(deep), ...mutantJobs()];
  const chosen = only === undefined ? jobs : jobs.filter(({ name }) => name === only);
  if (chosen.length > 0) return chosen;
  throw new TypeError(
    `There is no scenario or mutant named "${only ?? ''}". There are: ${jobs.map(({ name }) => name).join(', ')}.`,
  );
}

// Whoever reads the output may stop early.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function run(jobs: readonly Job[], json: boolean): Promise<number> {
  const startedAt = performance.now();
  const show = json ? () => undefined : (text: string) => print(text);
  const results = await runJobs(jobs, process.argv[1] as string, CHILD, (result) => show(describe(result)));
  const report = reportOf(results, (performance.now() - startedAt) / 1000);
  show(summarize(report));
  if (json) print(JSON.stringify(report));
  return exitCodeOf(report);
}

async function main(args: readonly string[]): Promise<number> {
  let options: ModelOptions;
  let jobs: readonly Job[];
  try {
    options = parseOptions(args);
    jobs = jobsOf(options);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 2;
  }
  if (!options.help) return run(jobs, options.json);
  print(HELP);
  return 0;
}

function serve(): void {
  process.on('message', (job: Job) => process.send?.(runJob(job)));
  process.on('disconnect', () => process.exit());
}

if (process.argv[2] === CHILD) serve();
else
  void main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
  });
