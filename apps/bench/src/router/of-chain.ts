import {
  byModel,
  createRouterChain,
  flagged,
  percentage,
  primaryReplica,
  shardByKey,
  type Router,
} from '@switchyard/router';
import type { Overhead } from './of-routing.ts';

const table = byModel({ session: 'sessions' });

const ROUTERS: readonly (readonly [call: string, routers: readonly Router[]])[] = [
  ['a chain without routers', []],
  ['byModel', [table]],
  ['flagged', [flagged({ flag: 'f', read: () => true, on: table })]],
  ['percentage', [percentage({ percent: 50, hint: 'key', on: table })]],
  ['primaryReplica', [primaryReplica({ primary: 'main', replicas: ['sessions'] })]],
  ['shardByKey', [shardByKey({ models: ['session'], hint: 'key', shards: ['main', 'sessions'] })]],
  [
    'five routers, the last of which has an opinion',
    [...Array.from({ length: 4 }, () => byModel({ user: 'main' })), table],
  ],
];

/** Which database an operation goes to, asked of the chain alone. */
export function ofChain(rounds: number): readonly Overhead[] {
  const hints = { key: 'a' };
  return ROUTERS.map(([call, routers]) => {
    const models = new Map(['session', 'user'].map((model) => [model, ['main', 'sessions']]));
    const chain = createRouterChain({ routers, aliases: ['main', 'sessions'], default: 'main', models });
    const ask = (count: number): void => {
      for (let round = 0; round < count; round++) chain.route('session', 'read', hints);
    };
    ask(rounds / 10);
    const before = process.cpuUsage();
    ask(rounds);
    const { user, system } = process.cpuUsage(before);
    return { call, processor: (user + system) / rounds };
  });
}
