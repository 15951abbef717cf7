import { explore } from './explorer.ts';
import { twoFlagsModel } from './two-flags.ts';
import { HAZARDS } from './two-flags-hazards.ts';
for (const h of HAZARDS) {
  const r = explore(twoFlagsModel(h.scenario));
  console.log(h.name, r.states, r.counterexample?.steps.length);
  r.counterexample?.steps.forEach((s, i) => console.log(`  ${i + 1}. ${s.who} ${s.label.text}`));
  console.log('  => ' + r.counterexample?.verdict);
  const c = explore(twoFlagsModel({ ...h.scenario, ...h.control }));
  console.log('  control', c.states, c.counterexample ? 'BROKEN' : 'holds');
  c.counterexample?.steps.forEach((s, i) => console.log(`      ${i + 1}. ${s.who} ${s.label.text}`));
}
