import { encodeKey, jsonCodec, type SessionStore } from '@switchyard/session-backends';
import { AGE_MS } from '../basket.ts';
import { BenchError } from '../bench-error.ts';
import type { OpenSubject } from './subject.ts';

/**
 * One of Switchyard's stores, with what a Session does around it: the key is hashed, data goes through the JSON codec,
 * and a save carries the version that was loaded or written last, if it is known.
 */
export function overStore(store: SessionStore, isFilled = false): Pick<OpenSubject, 'load' | 'save'> {
  const versions = new Map<string, number>();
  const fail = (what: string, { status, ...rest }: { status: string; cause?: unknown }): never => {
    throw new BenchError('SUBJECT_FAILED', `${what}: ${status}`, { cause: rest.cause });
  };
  return {
    load: async (key) => {
      const [result] = await store.load([encodeKey(key)]);
      if (result?.status !== 'found') return fail('a load', result ?? { status: 'nothing' });
      versions.set(key, result.record.version);
      return jsonCodec.decode(result.record.data);
    },
    save: async (key, basket) => {
      const expectedVersion = versions.get(key);
      const write = {
        key: encodeKey(key),
        data: jsonCodec.encode({ ...basket }),
        expiresAt: new Date(Date.now() + AGE_MS),
        userId: null,
      };
      const [result] = await store.apply([
        expectedVersion === undefined && !isFilled
          ? { kind: 'create', fresh: true, ...write }
          : { kind: 'update', expectedVersion, ...write },
      ]);
      if (result?.status !== 'ok') return fail('a save', result ?? { status: 'nothing' });
      versions.set(key, result.version);
    },
  };
}
