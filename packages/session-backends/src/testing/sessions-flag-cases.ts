import assert from 'node:assert/strict';
import type { Session } from '../session/session.ts';
import { refused, type SessionsCases } from './sessions-world.ts';

/** What a call makes of `accessed` and `modified`. */
type Flags = 'neither' | 'accessed' | 'both';

const CALLS: Readonly<Record<string, readonly [Flags, (session: Session) => Promise<unknown>]>> = {
  nothing: ['neither', async () => undefined],
  isEmpty: ['neither', (s) => s.isEmpty()],
  has: ['accessed', (s) => s.has('a')],
  get: ['accessed', (s) => s.get('a')],
  'get with a fallback': ['accessed', (s) => s.get('none', 1)],
  keys: ['accessed', (s) => s.keys()],
  values: ['accessed', (s) => s.values()],
  entries: ['accessed', (s) => s.entries()],
  set: ['both', (s) => s.set('a', 2)],
  delete: ['both', (s) => s.delete('a')],
  'delete of what is not there, which throws,': ['accessed', (s) => refused(s.delete('none'), 'SESSION_VALUE_MISSING')],
  'update with nothing': ['both', (s) => s.update({})],
  'update with a function': ['both', (s) => s.update(() => undefined)],
  'pop of what is there': ['both', (s) => s.pop('a')],
  'pop of what is not there': ['accessed', (s) => s.pop('none', 0)],
  'pop of what is not there, without a fallback, which throws,': [
    'accessed',
    (s) => refused(s.pop('none'), 'SESSION_VALUE_MISSING'),
  ],
  'setDefault of what is there': ['accessed', (s) => s.setDefault('a', 2)],
  'setDefault of what is not there': ['both', (s) => s.setDefault('none', 2)],
  clear: ['both', (s) => s.clear()],
  flush: ['both', (s) => s.flush()],
  getExpiryAge: ['accessed', (s) => s.getExpiryAge()],
  getUserId: ['accessed', (s) => s.getUserId()],
  setExpiry: ['both', (s) => s.setExpiry(60)],
};

/** One for each call, on a session that is there and has been opened by a request. */
export const SESSIONS_FLAG_CASES: SessionsCases = Object.fromEntries(
  Object.entries(CALLS).map(([name, [flags, call]]) => [
    `${name} makes it ${flags === 'both' ? 'accessed and modified' : flags === 'accessed' ? 'accessed' : 'neither accessed nor modified'}`,
    async ({ saved }) => {
      const session = await saved();
      await call(session);
      assert.equal(session.accessed, flags !== 'neither', 'accessed');
      assert.equal(session.modified, flags === 'both', 'modified');
    },
  ]),
);
