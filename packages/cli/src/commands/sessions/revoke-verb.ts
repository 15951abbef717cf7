import { createHash } from 'node:crypto';
import {
  listSessions,
  postgresCacheRegister,
  revokeSessions,
  SessionError,
  type CacheRegister,
  type KeyEncoding,
} from '@switchyard/session-backends';
import { postgresSite } from '@switchyard/session-backends/fence';
import { pgMoveDatabase, recordAudit, type MoveSide } from '@switchyard/session-move';
import { actor } from '../../actor.ts';
import { countOf } from '../../count-of.ts';
import { EXIT } from '../../exit-codes.ts';
import { print, printJson, tell } from '../../output.ts';
import { composeSessionStore } from './compose-session-store.ts';
import { openSessionDatabases, type SessionDatabases } from './open-session-databases.ts';

export interface RevokeOptions {
  readonly user: string;
  readonly keyEncoding?: KeyEncoding;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `switchyard sessions revoke --user ID` */
export async function revokeVerb(project: string, options: RevokeOptions): Promise<number> {
  const { user: userId, keyEncoding, dryRun, json } = options;
  const opened = await openSessionDatabases(project, { keyEncoding });
  try {
    const { store, directories } = await composeSessionStore(opened);
    if (dryRun === true) {
      let sessions = 0;
      for await (const _ of listSessions({ store, directories, userId })) sessions++;
      if (json === true) printJson({ sessions });
      else print(`${countOf(sessions, 'session')} would be revoked`);
      return EXIT.done;
    }
    const registers = opened.databases.map(({ executor }) => postgresCacheRegister({ executor }));
    const repair = (): ReturnType<typeof store.repair> => store.repair();
    const revoked = await revokeSessions({ store, directories, userId, repair, registers }).catch(
      async (error: unknown) => {
        const failed = error instanceof SessionError ? error.code : 'unknown';
        await record(opened, { user: shortHash(userId), failed }).catch(() => undefined);
        throw error;
      },
    );
    await record(opened, { user: shortHash(userId), count: revoked });
    if (json === true) printJson({ revoked });
    else print(`${countOf(revoked, 'session')} revoked`);
    if (!(await isRegistered(registers)))
      tell(
        'No shared cache is registered here. A cache that only a process knows of may show a session a while longer.',
      );
    return EXIT.done;
  } finally {
    await opened.close();
  }
}

/** Who a user is, is nobody's business who reads the log; that two lines are of the same one may be seen. */
const shortHash = (userId: string): string => createHash('sha256').update(userId).digest('hex').slice(0, 12);

async function record(opened: SessionDatabases, detail: Readonly<Record<string, unknown>>): Promise<void> {
  const sides = opened.databases.map(({ alias, pool, executor, sideSchema }): MoveSide => ({
    database: pgMoveDatabase(pool, sideSchema === undefined ? {} : { schema: sideSchema }),
    site: postgresSite({ name: alias === 'main' ? 'old' : 'new', executor }),
  }));
  await recordAudit(sides, { actor: actor(), action: 'sessions revoke', moveId: null, detail });
}

const isRegistered = async (registers: readonly CacheRegister[]): Promise<boolean> =>
  (await Promise.all(registers.map((register) => register.read()))).some((era) => era !== undefined);
