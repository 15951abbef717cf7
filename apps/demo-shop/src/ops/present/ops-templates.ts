import { Eta } from 'eta';

export interface OpsTemplates {
  render(name: string, data: object): string;
}

/** Compiles each template once, at its first use. */
export function createOpsTemplates(folder: string): OpsTemplates {
  const eta = new Eta({ views: folder, cache: true });
  return { render: (name, data) => eta.render(`./${name}`, data) };
}
