import type { Sessions } from '@switchyard/session-backends';

export interface Basket {
  lines: Record<string, number>;
}

export interface PutLines {
  readonly sessionKey: string;
  /** Starts the names of the lines. */
  readonly by: string;
  readonly count: number;
}

/** So many requests at once, each of which puts one line into the basket. */
export async function putLines(sessions: Sessions<Basket>, { sessionKey, by, count }: PutLines): Promise<void> {
  const put = (line: string): Promise<void> =>
    sessions.open(sessionKey).update((data) => void (data.lines = { ...data.lines, [line]: 1 }));
  await Promise.all(Array.from({ length: count }, (_, i) => put(`${by} ${i}`)));
}
