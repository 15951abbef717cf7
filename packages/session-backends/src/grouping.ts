import { context, type Context } from '@opentelemetry/api';
import { createLane } from './lane.ts';
import { groupContext } from './tracing/group-context.ts';

export interface GroupingOptions<T, R> {
  /** Does a group: one result per item, in order. What it throws is the answer to each of them. */
  readonly call: (items: readonly T[]) => Promise<readonly R[]>;
  /** How many groups may be under way before what arrives has to wait. */
  readonly width: number;
  /** May a single item be to blame, so that the others are to be tried without it? Default is never. */
  readonly isOfAnItem?: (cause: unknown) => boolean;
}

interface Waiting<T, R> {
  readonly item: T;
  /** What it is a part of, for spans: a group is sent by whoever happens to be there. */
  readonly within: Context;
  resolve(result: R): void;
  reject(cause: unknown): void;
}

/** Does one item at a time for each caller, and together what is asked for at the same time. */
export function createGrouping<T, R>({
  call,
  width,
  isOfAnItem = () => false,
}: GroupingOptions<T, R>): (item: T) => Promise<R> {
  const carry = async (group: readonly Waiting<T, R>[]): Promise<void> => {
    let results: readonly R[];
    try {
      const items = group.map(({ item }) => item);
      results = await context.with(groupContext(group), () => call(items));
    } catch (cause) {
      if (group.length > 1 && isOfAnItem(cause)) return apart(group);
      for (const { reject } of group) reject(cause);
      return;
    }
    for (let i = 0; i < group.length; i++) (group[i] as Waiting<T, R>).resolve(results[i] as R);
  };

  /** By halves: the others are done before each has been tried by itself. */
  const apart = async (group: readonly Waiting<T, R>[]): Promise<void> => {
    const middle = group.length >> 1;
    await carry(group.slice(0, middle));
    await carry(group.slice(middle));
  };

  const add = createLane({ carry, width });
  return (item) => new Promise((resolve, reject) => add({ item, within: context.active(), resolve, reject }));
}
