import { createRouterChain, type Router, type RouterChain } from '@switchyard/router';

/** What most chain tests need: two databases with the same models, and one model that only the second has. */
export const CHAIN = {
  aliases: ['main', 'other', 'writer'],
  default: 'main',
  models: new Map([
    ['user', ['main', 'other', 'writer']],
    ['book', ['main', 'other', 'writer']],
    ['audit', ['other']],
    ['shard', ['other', 'writer']],
  ]),
} as const;

export function chainOf(...routers: readonly Router[]): RouterChain {
  return createRouterChain({ ...CHAIN, routers });
}
