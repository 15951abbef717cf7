// Run by express-session-store.test.ts in a process of its own: jest keeps uncaught exceptions to itself.
import { memoryDirectory, memoryStore } from '@switchyard/session-backends';
import { expressSessionStore } from '@switchyard/session-backends/express-session';
import session from 'express-session';

const counts = { calls: 0, uncaught: 0, rejected: 0 };
process.on('uncaughtException', () => void counts.uncaught++);
process.on('unhandledRejection', () => void counts.rejected++);
process.once('beforeExit', () => void process.stdout.write(JSON.stringify(counts)));

const memory = memoryStore();
const store = expressSessionStore(session, { store: memory, directories: [memoryDirectory(memory.site)] });
const value: session.SessionData = { cookie: { originalMaxAge: null } };
const throwing = (): never => {
  counts.calls++;
  throw new Error('the application’s');
};

store.get('a', throwing);
store.set('a', value, throwing);
store.touch('a', value, throwing);
store.destroy('a', throwing);
store.all(throwing);
store.length(throwing);
store.clear(throwing);
