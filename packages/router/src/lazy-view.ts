import type { Scope } from './intent.ts';

/** No name: those belong to the models. */
const SCOPE = Symbol('scope');

/** Makes objects whose members are each made, of the object's scope, when they are asked for. */
export function createLazyViews(members: ReadonlyMap<string, (scope: Scope) => unknown>): (scope: Scope) => object {
  class LazyView {
    readonly [SCOPE]: Scope;

    constructor(scope: Scope) {
      this[SCOPE] = scope;
    }
  }
  for (const [name, make] of members) {
    const get = function (this: LazyView): unknown {
      return make(this[SCOPE]);
    };
    Object.defineProperty(LazyView.prototype, name, { get, enumerable: true });
  }
  return (scope) => new LazyView(scope);
}
