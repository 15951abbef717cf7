import { byModel } from '@switchyard/router';
import { chainOf } from '../support/chain-of.ts';

const chain = chainOf(byModel({ user: 'other', book: 'writer' }, { name: 'tables', schemas: { accounts: 'other' } }));

describe('byModel', () => {
  it.each([
    ['user', 'other', 'tables'],
    ['book', 'writer', 'tables'],
    ['audit', 'other', undefined],
  ])('sends %s to %s, for reads and writes', (model, alias, router) => {
    for (const kind of ['read', 'write'] as const) {
      const explained = chain.explain(model, kind);
      expect([explained.alias, explained.router]).toEqual([alias, router]);
    }
  });

  it.each([
    ['its own schema to its own database', 'other', 'accounts', undefined],
    ['its own schema to no other', 'main', 'accounts', 'tables'],
    ['other schemas anywhere', 'other', 'shop', undefined],
  ])('lets migrations of %s', (_what, alias, schema, forbidder) => {
    expect(chain.migrationForbiddenBy(alias, schema)).toBe(forbidder);
  });

  it('has no opinion on names that every object has', () => {
    expect(byModel({ user: 'other' }).dbForRead?.('constructor', {})).toBeUndefined();
  });
});
