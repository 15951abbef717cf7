import { checkFlag } from '../check-flag.ts';
import type { Hints, Router } from '../router.ts';
import { switchedRouter } from './switched-router.ts';

export interface FlaggedOptions<Alias extends string, Model extends string> {
  /** The flag's name: `new_db_router_flag`. */
  readonly flag: string;
  /** Reads the flag now. Within a request or a transaction it is asked once, and its answer is kept. */
  readonly read: (flag: string) => boolean;
  /** Asked while the flag is on. */
  readonly on: Router<Alias, Model>;
  /** Asked while the flag is off. Default is nobody: no opinion. */
  readonly off?: Router<Alias, Model>;
}

/** Puts a router behind a flag. A flip is seen by the next request, never in the middle of one. */
export function flagged<const Alias extends string, const Model extends string = never>(
  options: FlaggedOptions<Alias, Model>,
): Router<Alias, NoInfer<Model>> {
  const { flag, read, on, off } = options;
  const isOn = ({ request }: Hints): boolean =>
    request === undefined ? checkFlag(flag, read(flag)) : request.flag(flag, read);
  return switchedRouter({ name: `flag ${flag}`, on, off, isOn });
}
