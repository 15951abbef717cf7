import type { Machine } from '../machine.ts';

/** What the figures were measured on, in sentences. */
export const machineLines = (machine: Machine, servers: readonly string[]): string[] => [
  `${machine.cores} × ${machine.processor}, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}.`,
  `Before the run others kept the processor ${machine.busyPercent} % busy (load ${machine.loadAverage}); ${machine.at}.`,
  ...servers.map((server) => `${server}.`),
];
