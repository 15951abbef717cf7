import fc from 'fast-check';
import type { SessionOperation, SessionStore, StoredKey } from '@switchyard/session-backends';

/** Something that a client of a store does. Which keys there are is known only while it runs. */
export interface ClientStep {
  readonly kind: 'load' | 'create' | 'update' | 'touch' | 'destroy' | 'rename';
  /** Which of the keys known by then. */
  readonly key: number;
  /** Goes over whatever is there, instead of what this client saw last. */
  readonly blind: boolean;
}

const weights: Readonly<Record<ClientStep['kind'], number>> = {
  load: 6,
  create: 2,
  update: 5,
  touch: 2,
  destroy: 2,
  rename: 2,
};

const clientStep: fc.Arbitrary<ClientStep> = fc.record({
  kind: fc.oneof(
    ...Object.entries(weights).map(([kind, weight]) => ({
      weight,
      arbitrary: fc.constant(kind as ClientStep['kind']),
    })),
  ),
  key: fc.nat({ max: 3 }),
  blind: fc.boolean(),
});

/** What two or three clients do, each one thing after the other. */
export const clientSteps = (maxLength: number): fc.Arbitrary<ClientStep[][]> =>
  fc.array(fc.array(clientStep, { minLength: 1, maxLength }), { minLength: 2, maxLength: 3 });

/** The keys that clients know of: two to begin with, and what they are renamed to. All of one bucket. */
export interface ClientKeys {
  readonly known: StoredKey[];
  /** Not to be created: fresh ones are, instead. */
  readonly retired: Set<StoredKey>;
  draw(): StoredKey;
}

export function clientKeys(drawn: () => string): ClientKeys {
  const draw = (): StoredKey => `00${drawn().padStart(62, '0')}` as StoredKey;
  return { known: [draw(), draw()], retired: new Set(), draw };
}

export interface ClientRunOptions {
  readonly store: SessionStore;
  readonly keys: ClientKeys;
  /** Unique in all clients: what is written can be told apart. */
  readonly nextData: () => string;
  readonly expiresAt: (step: number) => Date;
}

/** Runs the steps of one client. */
export async function runClient(steps: readonly ClientStep[], options: ClientRunOptions): Promise<void> {
  const { store, keys } = options;
  const seen = new Map<StoredKey, number>();
  for (const [index, step] of steps.entries()) {
    const key = keys.known[step.key % keys.known.length] as StoredKey;
    if (step.kind === 'load') {
      const [result] = await store.load([key]);
      if (result?.status === 'found') seen.set(key, result.record.version);
      continue;
    }
    const operation = toOperation(step, key, options, step.blind ? undefined : seen.get(key), index);
    const [result] = await store.apply([operation]);
    if (result?.status === 'conflict') seen.set(key, result.current.version);
    if (result?.status !== 'ok') continue;
    const written = operation.kind === 'rename' ? operation.newKey : operation.key;
    seen.set(written, result.version);
    if (written !== key) keys.known.push(written);
  }
}

function toOperation(
  { kind, blind }: ClientStep,
  key: StoredKey,
  { keys, nextData, expiresAt }: ClientRunOptions,
  expectedVersion: number | undefined,
  step: number,
): SessionOperation {
  const row = { data: nextData(), expiresAt: expiresAt(step), userId: blind ? 'ada' : null };
  switch (kind) {
    case 'create':
      // A key that the other clients know of is not fresh.
      return keys.retired.has(key)
        ? { kind, key: keys.draw(), ...row, fresh: true }
        : { kind, key, ...row, fresh: false };
    case 'update':
      return { kind, key, ...row, expectedVersion };
    case 'rename':
      return { kind, key, newKey: keys.draw(), ...row, expectedVersion };
    case 'touch':
      return { kind, key, expiresAt: row.expiresAt };
    case 'destroy':
    case 'load':
      return { kind: 'destroy', key };
  }
}
