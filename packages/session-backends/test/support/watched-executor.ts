import { SqlFailure, type SqlExecutor } from '@switchyard/session-backends';

export interface SentStatement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** An executor that keeps what is sent through it, and sends or answers only what the test lets go. */
export interface WatchedExecutor extends SqlExecutor {
  readonly sent: SentStatement[];
  /** The names of what has been sent since the last call, in order. */
  take(): string[];
  /** From now on statements wait before they are sent; the returned function lets them go. */
  hold(): () => void;
  /** What becomes of the next statement whose name begins so. */
  fail(name: string, how: 'answer is lost' | { readonly code: string }): void;
}

export function watchedExecutor(executor: SqlExecutor): WatchedExecutor {
  const sent: SentStatement[] = [];
  const failures: { name: string; how: 'answer is lost' | { readonly code: string } }[] = [];
  let gate: Promise<void> | undefined;
  return {
    sent,
    take: () => sent.splice(0).map(({ name }) => name),
    hold: () => {
      let release = (): void => undefined;
      gate = new Promise((resolve) => (release = resolve));
      return () => {
        gate = undefined;
        release();
      };
    },
    fail: (name, how) => void failures.push({ name, how }),
    query: async (text, values, options) => {
      sent.push({ name: options.name, text, values });
      await gate;
      const at = failures.findIndex(({ name }) => options.name.startsWith(name));
      const how = at < 0 ? undefined : failures.splice(at, 1)[0]?.how;
      if (typeof how === 'object') throw new SqlFailure('none', how);
      const rows = await executor.query(text, values, options);
      if (how !== undefined) throw new SqlFailure('unknown', new Error('lost'));
      return rows;
    },
  };
}
