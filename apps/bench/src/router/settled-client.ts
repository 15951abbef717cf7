import type { PrismaClientLike } from '@switchyard/router';

interface Delegate {
  findUnique(args?: object): PromiseLike<unknown>;
  findMany(args?: object): PromiseLike<unknown>;
  update(args?: object): PromiseLike<unknown>;
}

export type SettledClient = PrismaClientLike & Record<'session' | 'user' | 'product', Delegate>;

const field = (name: string) => ({ name, kind: 'scalar', type: 'String' });
const relation = (name: string, type: string) => ({ name, kind: 'object', type, relationName: 'x' });
const DATA_MODEL = {
  models: {
    Session: { fields: [field('id'), field('data'), relation('user', 'User')] },
    User: { fields: [field('id'), relation('sessions', 'Session')] },
    Product: { fields: [field('id'), field('name')] },
  },
};

const row = (): object => ({ id: 'a', data: 'b', name: 'c' });

/** A client of promises that are settled at once: what is measured over it is the routing and nothing else. */
export function createSettledClient(): SettledClient {
  const one = (): PromiseLike<unknown> => Promise.resolve(row());
  const delegate: Delegate = {
    findUnique: one,
    update: one,
    findMany: () => Promise.resolve(Array.from({ length: 100 }, row)),
  };
  const nothing = async (): Promise<void> => undefined;
  return Object.assign(
    {
      $connect: nothing,
      $disconnect: nothing,
      $transaction: nothing,
      session: { ...delegate },
      user: { ...delegate },
      product: { ...delegate },
    },
    { _runtimeDataModel: DATA_MODEL },
  );
}
