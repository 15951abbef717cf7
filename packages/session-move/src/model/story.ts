import type { Counterexample } from './explorer.ts';

/** A counterexample as a story: who does what, one line per step, and what is wrong in the end. */
export const storyOf = ({ steps, verdict }: Counterexample): readonly string[] => [
  ...steps.map(({ who, label }, i) => `${i + 1}. ${who} ${label.text}`),
  `=> ${verdict}`,
];
