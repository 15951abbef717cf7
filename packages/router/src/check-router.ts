import { ROUTER_METHODS, type Router } from './router.ts';
import { RouterError } from './router-error.ts';

const METHODS: ReadonlySet<string> = new Set(ROUTER_METHODS);

/** The router's own name, its class's, or its place in the chain, counted from 1. */
export function routerName(router: Router, index: number): string {
  if (router.name !== undefined) return router.name;
  const { name } = router.constructor;
  return name === '' || name === 'Object' ? `router ${index + 1}` : name;
}

/** Refuses what cannot be meant: no router, no method, or a method that no chain would ever call. */
export function checkRouter(router: Router, index: number): void {
  if (typeof router !== 'object' || router === null) {
    throw new RouterError(
      'INVALID_ROUTER',
      `Router ${index + 1} is a ${typeof router}; pass an object with router methods.`,
    );
  }
  const name = routerName(router, index);
  const found = methodNames(router);
  const unknown = found.filter((method) => !METHODS.has(method));
  if (unknown.length > 0) {
    throw new RouterError(
      'INVALID_ROUTER',
      `Router '${name}' has a method '${unknown[0]}' that would never be called. ` +
        `A router's methods are ${ROUTER_METHODS.join(', ')}; keep helpers outside of it or private (#name).`,
    );
  }
  const wrong = ROUTER_METHODS.find((method) => router[method] !== undefined && typeof router[method] !== 'function');
  if (wrong !== undefined) {
    throw new RouterError('INVALID_ROUTER', `Router '${name}' has a ${wrong} that is no function.`);
  }
  if (found.length === 0) {
    throw new RouterError('INVALID_ROUTER', `Router '${name}' has none of the methods ${ROUTER_METHODS.join(', ')}.`);
  }
}

function methodNames(router: object): string[] {
  const names = new Set<string>();
  for (let at: object | null = router; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (name !== 'constructor' && typeof value === 'function') names.add(name);
    }
  }
  return [...names];
}
