import { runScenario } from './jobs.ts';
import { PLAIN } from './scenario.ts';
import { scenarios } from './scenarios.ts';
for (const arg of process.argv.slice(2)) {
  const [name, json, deep] = arg.split('|');
  const base = scenarios(deep === 'deep').find((s) => s.name === name) ?? PLAIN;
  const r = runScenario({ ...base, ...JSON.parse(json || '{}') });
  console.log(
    arg,
    r.states,
    r.seconds.toFixed(1),
    r.holds,
    r.missed.join(','),
    Math.round(process.memoryUsage().rss / 1e6) + 'MB cpu ' + (process.cpuUsage().user / 1e6).toFixed(0),
  );
  if (r.story.length) console.log(r.story.join('\n'));
}
