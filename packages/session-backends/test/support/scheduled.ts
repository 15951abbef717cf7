import type fc from 'fast-check';
import { wrapMembers } from './faulty.ts';

/** Lets the scheduler decide when each call arrives and when its answer does. */
export const scheduled = <T extends object>(scheduler: fc.Scheduler, name: string, port: T): T =>
  wrapMembers(port, (member, call) => async (...args) => {
    await scheduler.schedule(Promise.resolve(), `${name}.${member} is sent`);
    try {
      return await call(...args);
    } finally {
      await scheduler.schedule(Promise.resolve(), `${name}.${member} is answered`);
    }
  });
