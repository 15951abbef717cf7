import { Eta } from 'eta';
import type { ShelfLink } from './shelf-links.ts';
import type { ViewName, Views } from './views.ts';

/** What the frame around every page is given as `it.chrome`. */
export interface Chrome {
  readonly title: string;
  readonly version: string;
  readonly csrfToken: string;
  /** `null` on pages that must not touch the session. */
  readonly visitor: VisitorView | null;
  readonly shelves: readonly ShelfLink[];
  asset(file: string): string;
}

export interface VisitorView {
  /** `null` while nobody is logged in. */
  readonly name: string | null;
  readonly itemCount: number;
  readonly notice: string | null;
}

export interface Templates {
  render<Name extends ViewName>(name: Name, page: Views[Name], chrome: Chrome): string;
}

/** Compiles each template once, at its first use. */
export function createTemplates(folder: string): Templates {
  const eta = new Eta({ views: folder, cache: true });
  return { render: (name, page, chrome) => eta.render(`./${name}`, { page, chrome }) };
}
