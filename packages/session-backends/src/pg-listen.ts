/** The part of a `pg.Client` that is used. */
export interface PgListenClient {
  connect(): Promise<unknown>;
  query(text: string): Promise<unknown>;
  on(event: 'notification', listener: (message: { channel: string }) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  end(): Promise<unknown>;
}

const RETRY_MS = 1_000;

/**
 * Listens to a PostgreSQL channel on a connection of its own, which is made again when it is lost. Calls back for each
 * notification, and after each connecting: something may have been missed.
 */
export function pgListen(
  newClient: () => PgListenClient,
): (channel: string, onNotify: () => void) => Promise<() => Promise<void>> {
  return async (channel, onNotify) => {
    let closed = false;
    let client: PgListenClient | undefined;
    let retry: NodeJS.Timeout | undefined;

    const again = (): void => {
      client = undefined;
      if (closed) return;
      clearTimeout(retry);
      retry = setTimeout(() => void connect(), RETRY_MS);
      retry.unref();
    };

    const connect = async (): Promise<void> => {
      const next = newClient();
      client = next;
      next.on('error', () => void next.end().catch(() => undefined));
      next.on('end', () => {
        if (client === next) again();
      });
      next.on('notification', (message) => {
        if (message.channel === channel) onNotify();
      });
      try {
        await next.connect();
        await next.query(`listen "${channel.replaceAll('"', '""')}"`);
        onNotify();
      } catch {
        void next.end().catch(() => undefined);
        if (client === next) again();
      }
    };

    await connect();
    return async () => {
      closed = true;
      clearTimeout(retry);
      await client?.end();
    };
  };
}
