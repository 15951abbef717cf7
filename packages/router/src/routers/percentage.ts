import { RouterError } from '../router-error.ts';
import type { Hints, Router } from '../router.ts';
import { keyHint } from './key-hint.ts';
import { keyPosition } from './key-position.ts';
import { switchedRouter } from './switched-router.ts';

export interface PercentageOptions<Alias extends string, Model extends string> {
  /** The share of keys, 0 to 100: a number, or a function that is asked each time. */
  readonly percent: number | (() => number);
  /** The hint with the key, for instance `userId`: a string, number or bigint. Operations without it count as `off`. */
  readonly hint: string;
  /** Asked for the keys inside of the share. */
  readonly on: Router<Alias, Model>;
  /** Asked for the others. Default is nobody: no opinion. */
  readonly off?: Router<Alias, Model>;
}

/**
 * Gives a share of all keys to a router. A key keeps its place: while the share grows a key changes over once, and while
 * it stands still none does; within a request a key never changes.
 */
export function percentage<const Alias extends string, const Model extends string = never>(
  options: PercentageOptions<Alias, Model>,
): Router<Alias, NoInfer<Model>> {
  const { percent, hint, on, off } = options;
  const share = typeof percent === 'function' ? () => checked(percent()) : constant(checked(percent));
  const isOn = (hints: Hints): boolean => {
    const key = keyHint(hints, hint);
    if (key === undefined) return false;
    const within = (): boolean => keyPosition(key) * 100 < share();
    return hints.request === undefined
      ? within()
      : hints.request.choice(options, `percentage of ${hint} ${key}`, within);
  };
  return switchedRouter({ name: `percentage of ${hint}`, on, off, isOn });
}

function constant<Value>(value: Value): () => Value {
  return () => value;
}

function checked(percent: number): number {
  if (percent >= 0 && percent <= 100) return percent;
  throw new RouterError('INVALID_OPTION', `The percentage is ${percent}; it has to be from 0 to 100.`);
}
