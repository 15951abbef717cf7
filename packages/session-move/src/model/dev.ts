import { explore } from './explorer.ts';
import { fencedModel } from './fenced-model.ts';
import { allBut } from './mechanisms.ts';
import type { Mechanism } from './mechanisms.ts';
import { PLAIN } from './scenario.ts';
import type { Scenario } from './scenario.ts';

const [changes, off, max] = process.argv.slice(2);
const scenario: Scenario = { ...PLAIN, ...(JSON.parse(changes ?? '{}') as Partial<Scenario>) };
const mech = (off ? off.split(',') : []) as Mechanism[];
const result = explore(fencedModel(scenario, allBut(...mech)), max ? Number(max) : 6e6);
console.log(
  result.states,
  'states',
  result.seconds.toFixed(1),
  's',
  Math.round(result.states / result.seconds),
  '/s',
  result.complete,
  [...result.reached].sort().join(' '),
  Math.round(process.memoryUsage().rss / 1e6) + 'MB',
);
if (result.counterexample) {
  result.counterexample.steps.forEach((s, i) => console.log(`${i + 1}. ${s.who} ${s.label.text}`));
  console.log('=> ' + result.counterexample.verdict);
}
