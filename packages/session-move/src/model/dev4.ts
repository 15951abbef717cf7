import { mutantJobs, runJob, scenarioJobs } from './jobs.ts';
const jobs =
  process.argv[2] === 'm'
    ? mutantJobs()
    : scenarioJobs(process.argv[2] === 'd').filter((j) => !process.argv[3] || j.name === process.argv[3]);
let cpu = process.cpuUsage().user;
for (const j of jobs) {
  const r = runJob(j);
  const now = process.cpuUsage().user;
  console.log(
    r.name,
    r.states,
    r.seconds.toFixed(1) + 's',
    'cpu ' + ((now - cpu) / 1e6).toFixed(1),
    r.holds,
    r.missed.join(','),
    r.steps ?? '',
  );
  cpu = now;
  if (r.kind === 'scenario') console.log(r.story.join('\n'));
}
