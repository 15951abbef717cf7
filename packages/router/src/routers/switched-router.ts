import { checkRouter, routerName } from '../check-router.ts';
import type { Hints, Router } from '../router.ts';

/** A router made of two others, of which one is asked each time. */
export interface SwitchedRouter<Alias extends string, Model extends string> {
  readonly name: string;
  readonly on: Router<Alias, Model>;
  /** Default is nobody: no opinion. */
  readonly off: Router<Alias, Model> | undefined;
  /** Which of the two. */
  readonly isOn: (hints: Hints) => boolean;
}

/**
 * Asks one of two routers where an operation goes. Migrations are no operation: both are asked about them, `on` first,
 * since the tables have to be there before anything is switched.
 */
export function switchedRouter<Alias extends string, Model extends string>(
  options: SwitchedRouter<Alias, Model>,
): Router<Alias, Model> {
  const { name, on, off, isOn } = options;
  const routers = off === undefined ? [on] : [on, off];
  routers.forEach(checkRouter);
  const routes = routers.map((router) => router.routes);
  const chosen = (hints: Hints): Router<Alias, Model> | undefined => (isOn(hints) ? on : off);
  return {
    name: `${name} (${routers.map(routerName).join(' or ')})`,
    ...(routes.every((declared) => declared !== undefined) && { routes: routes.flat() }),
    dbForRead: (model, hints) => chosen(hints)?.dbForRead?.(model, hints),
    dbForWrite: (model, hints) => chosen(hints)?.dbForWrite?.(model, hints),
    allowRelation: (model, other, hints) => chosen(hints)?.allowRelation?.(model, other, hints),
    allowMigrate: (alias, schema, hints) =>
      on.allowMigrate?.(alias, schema, hints) ?? off?.allowMigrate?.(alias, schema, hints),
    // Most routers have none, and then no write is to pay for it.
    ...(routers.some(({ onWrite }) => onWrite !== undefined) && { onWrite: tellBoth(on, off) }),
  };
}

const tellBoth =
  (on: Router, off: Router | undefined): NonNullable<Router['onWrite']> =>
  (alias, model, hints) => {
    try {
      on.onWrite?.(alias, model, hints);
    } finally {
      off?.onWrite?.(alias, model, hints);
    }
  };
