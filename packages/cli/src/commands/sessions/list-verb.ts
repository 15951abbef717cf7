import { describeSessions, listSessions, type KeyEncoding, type ListedSession } from '@switchyard/session-backends';
import { EXIT } from '../../exit-codes.ts';
import { print, printJson } from '../../output.ts';
import { composeSessionStore } from './compose-session-store.ts';
import { openSessionDatabases } from './open-session-databases.ts';

export interface ListOptions {
  readonly user: string;
  readonly keyEncoding?: KeyEncoding;
  readonly json?: boolean;
}

/** `switchyard sessions list --user ID`; never shows a key, nor what is in a session. */
export async function listVerb(project: string, { user, keyEncoding, json }: ListOptions): Promise<number> {
  const opened = await openSessionDatabases(project, { keyEncoding });
  try {
    const listed: ListedSession[] = [];
    for await (const session of listSessions({ ...(await composeSessionStore(opened)), userId: user }))
      listed.push(session);
    const executors = Object.fromEntries(opened.databases.map(({ alias, executor }) => [alias, executor]));
    const sessions = await describeSessions(listed, executors, opened.keyEncoding);
    sessions.sort((a, b) => a.expiresAt.getTime() - b.expiresAt.getTime());
    if (json === true) printJson({ sessions });
    else if (sessions.length === 0) print('no live sessions');
    else {
      print('session   created               expires               epoch  database');
      for (const { keyStart, createdAt, expiresAt, epoch, databases } of sessions)
        print(
          `${keyStart}  ${toSecond(createdAt)}  ${toSecond(expiresAt)}  ${String(epoch).padStart(5)}  ${databases.join(', ')}`,
        );
    }
    return EXIT.done;
  } finally {
    await opened.close();
  }
}

const toSecond = (date: Date | undefined): string =>
  date === undefined ? '?'.padEnd(20) : date.toISOString().replace(/\.\d+/, '');
