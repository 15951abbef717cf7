import { memoryStore, type SessionOperation, type SessionStore, type StoredKey } from '@switchyard/session-backends';
import { sessionStoreContract, type ContractStores } from '@switchyard/session-backends/testing';

type Memory = ReturnType<typeof memoryStore>;
type Break = (memory: Memory) => Partial<SessionStore>;

const each =
  (change: (operation: SessionOperation) => SessionOperation): Break =>
  (memory) => ({
    apply: (operations) => memory.apply(operations.map(change)),
  });

/** Does something before or instead of an operation of one kind. */
const instead =
  <K extends SessionOperation['kind']>(
    kind: K,
    act: (memory: Memory, operation: SessionOperation & { kind: K }) => Promise<void> | void,
  ): Break =>
  (memory) => ({
    apply: async (operations) => {
      for (const operation of operations)
        if (operation.kind === kind) await act(memory, operation as SessionOperation & { kind: K });
      return memory.apply(operations);
    },
  });

const records =
  (change: (record: object) => object): Break =>
  (memory) => ({
    load: async (keys) =>
      (await memory.load(keys)).map((result) =>
        result.status === 'found' ? { ...result, record: change(result.record) as typeof result.record } : result,
      ),
  });

const revive = (memory: Memory, key: StoredKey, given: object): void => {
  const row = memory.site.rows.get(key);
  if (row === undefined || row.data === null)
    memory.site.rows.set(key, {
      data: '{}',
      expiresAt: new Date(Date.now() + 60_000),
      userId: null,
      version: (row?.version ?? 2 ** 40) + 1,
      ...given,
    });
};

/** Data as it is after being decoded, changed value by value, and encoded again. */
const reencode =
  (change: (value: unknown, depth: number) => unknown): Break =>
  (memory) =>
    each((operation) =>
      'data' in operation && operation.data !== null
        ? { ...operation, data: reencoded(operation.data, change) }
        : operation,
    )(memory);

function reencoded(data: string, change: (value: unknown, depth: number) => unknown): string {
  const changed = (value: unknown, depth: number): unknown =>
    typeof value !== 'object' || value === null || Array.isArray(value)
      ? change(value, depth)
      : change(
          Object.fromEntries(Object.entries(value).map(([name, part]) => [name, changed(part, depth + 1)])),
          depth,
        );
  try {
    return JSON.stringify(changed(JSON.parse(data), 0)) ?? data;
  } catch {
    return data;
  }
}

/** Each breaks one promise. */
const BROKEN: Readonly<Record<string, Break>> = {
  'touch resurrects': instead('touch', (memory, { key }) => revive(memory, key, {})),
  'a late save resurrects': instead('update', (memory, { key, data }) => revive(memory, key, { data })),
  'a destroyed key can be created again': instead('create', (memory, { key }) => {
    if (memory.site.rows.get(key)?.data === null) memory.site.rows.delete(key);
  }),
  'create writes over what is there': instead('create', (memory, { key }) => void memory.site.rows.delete(key)),
  'of two saves at once the second is dropped': (memory) => {
    let busy = false;
    return {
      apply: async (operations) => {
        if (busy && operations[0]?.kind === 'update') return [{ status: 'ok', version: 2 ** 40 + 2 }];
        busy = true;
        await new Promise((resolve) => setImmediate(resolve));
        busy = false;
        return memory.apply(operations);
      },
    };
  },
  'saves ignore the version they expect': each((operation) =>
    operation.kind === 'update' || operation.kind === 'rename'
      ? { ...operation, expectedVersion: undefined }
      : operation,
  ),
  'a conflict does not say what is there': (memory) => ({
    apply: async (operations) =>
      (await memory.apply(operations)).map((result) =>
        result.status === 'conflict' ? { ...result, current: { ...result.current, data: '{}' } } : result,
      ),
  }),
  'touch does not raise the version': (memory) => ({
    apply: async (operations) => {
      const rows = operations.map(({ key }) => memory.site.rows.get(key));
      const results = await memory.apply(operations);
      operations.forEach(({ kind, key }, i) => {
        const row = memory.site.rows.get(key);
        if (kind === 'touch' && row && rows[i]) memory.site.rows.set(key, { ...row, version: rows[i].version });
      });
      return results;
    },
  }),
  'touch loses the data': instead('touch', (memory, { key }) => {
    const row = memory.site.rows.get(key);
    if (row?.data) memory.site.rows.set(key, { ...row, data: '{}' });
  }),
  'touch does nothing': (memory) => ({
    apply: async (operations) =>
      operations[0]?.kind === 'touch'
        ? memory
            .load([operations[0].key])
            .then(([row]) =>
              row?.status === 'found' ? [{ status: 'ok', version: row.record.version }] : [{ status: 'gone' }],
            )
        : memory.apply(operations),
  }),
  'nulls are dropped': reencode((value) => value ?? undefined),
  'nested objects are dropped': reencode((value, depth) =>
    depth > 0 && typeof value === 'object' ? undefined : value,
  ),
  'data is decoded and encoded again': reencode((value) => value),
  'expiry is a number': records((record) => ({
    ...record,
    expiresAt: Number((record as { expiresAt: Date }).expiresAt),
  })),
  'expiry has whole seconds': each((operation) =>
    'expiresAt' in operation
      ? { ...operation, expiresAt: new Date(Math.floor(operation.expiresAt.getTime() / 1000) * 1000) }
      : operation,
  ),
  'the user is not kept': records((record) => ({ ...record, userId: null })),
  'expired sessions are found': (memory) => ({
    load: async (keys) =>
      keys.map((key) => {
        const row = memory.site.rows.get(key);
        return row?.data == null ? { status: 'absent' } : { status: 'found', record: row as never };
      }),
  }),
  'expired sessions are found among several': (memory) => ({
    load: async (keys) =>
      keys.length === 1
        ? memory.load(keys)
        : keys.map((key) => {
            const row = memory.site.rows.get(key);
            return row?.data == null ? { status: 'absent' } : { status: 'found', record: row as never };
          }),
  }),
  'an expired session can be saved': instead('update', (memory, { key, expiresAt }) => {
    const row = memory.site.rows.get(key);
    if (row) memory.site.rows.set(key, { ...row, expiresAt });
  }),
  'an expired session can be saved among several': (memory) => ({
    apply: async (operations) => {
      for (const { kind, key } of operations.length > 1 ? operations : []) {
        const row = memory.site.rows.get(key);
        if (kind === 'update' && row) memory.site.rows.set(key, { ...row, expiresAt: new Date(Date.now() + 60_000) });
      }
      return memory.apply(operations);
    },
  }),
  'rename inserts and then deletes': instead('rename', (memory, { key }) => revive(memory, key, {})),
  'rename leaves the old key': (memory) => ({
    apply: async (operations) => {
      const [operation] = operations;
      const row = operation && memory.site.rows.get(operation.key);
      const results = await memory.apply(operations);
      if (operation?.kind === 'rename' && row && results[0]?.status === 'ok') memory.site.rows.set(operation.key, row);
      return results;
    },
  }),
  'rename overwrites the new key': instead('rename', (memory, { newKey }) => void memory.site.rows.delete(newKey)),
  'destroying twice is an error': (memory) => ({
    apply: async (operations) => {
      const [operation] = operations;
      const known = operation && memory.site.rows.get(operation.key)?.data;
      if (operation?.kind === 'destroy' && known == null) return [{ status: 'gone' }];
      return memory.apply(operations);
    },
  }),
  'a failure is a miss': (memory) => ({
    load: async (keys) =>
      (await memory.load(keys)).map((result) => (result.status === 'unavailable' ? { status: 'absent' } : result)),
  }),
  'a failed write is done': (memory) => ({
    apply: async (operations) =>
      (await memory.apply(operations)).map((result) =>
        result.status === 'unavailable' ? { status: 'ok', version: 2 ** 40 + 1 } : result,
      ),
  }),
  'answers come in another order': (memory) => ({ load: async (keys) => (await memory.load(keys)).reverse() }),
  'only the first operation is done': (memory) => ({
    apply: async (operations) => {
      const results = await memory.apply(operations.slice(0, 1));
      return operations.map((_operation, i) => results[i] ?? { status: 'ok', version: 2 ** 40 + 1 });
    },
  }),
  'a lower copy wins': instead('copy', (memory, { key }) => void memory.site.rows.delete(key)),
  'a cache of its own is not told of others': (memory) => {
    const cache = new Map<StoredKey, unknown>();
    return {
      load: async (keys) => {
        const results = await memory.load(keys);
        return keys.map((key, i) => {
          if (!cache.has(key) && results[i]?.status === 'found') cache.set(key, results[i]);
          return (cache.get(key) ?? results[i]) as (typeof results)[number];
        });
      },
    };
  },
};

/** A memory store that can fail, so that everything of the contract applies to it. */
function open(broken: Break): () => Promise<ContractStores> {
  return async () => {
    let ahead = 0;
    let down = false;
    const memory = memoryStore({ now: () => Date.now() + ahead });
    const fallible: Memory = {
      site: memory.site,
      load: (keys) =>
        down ? Promise.resolve(keys.map(() => ({ status: 'unavailable', cause: 'test' }))) : memory.load(keys),
      apply: (operations) =>
        down
          ? Promise.resolve(operations.map(() => ({ status: 'unavailable', cause: 'test', outcome: 'none' })))
          : memory.apply(operations),
    };
    const view = (): SessionStore => ({ ...fallible, ...broken(fallible) });
    return {
      store: view(),
      other: view(),
      pass: async (ms) => void (ahead += ms),
      fail: async () => void (down = true),
    };
  };
}

async function failures(broken: Break): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of sessionStoreContract({ open: open(broken) }))
    await run().catch((error: unknown) => {
      // Anything but an assertion would be a fault of the broken store, not a finding of the contract.
      if ((error as { code?: string }).code !== 'ERR_ASSERTION') throw error;
      failed.push(name);
    });
  return failed;
}

describe('the contract of session stores', () => {
  it('is kept by a store that is not broken', async () => {
    expect(await failures(() => ({}))).toEqual([]);
  });

  it.each(Object.entries(BROKEN))('rejects a store where %s', async (_name, broken) => {
    expect(await failures(broken)).not.toEqual([]);
  });
});
