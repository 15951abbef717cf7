import { layCable, type Cable } from './cable.ts';

/** What sessions are kept in. */
export type ServerName = 'old' | 'new' | 'redis';

/** A cable from each process to each server that it uses for sessions. */
export interface Network {
  /** @param to the port of the server */
  lay(process: string, server: ServerName, to: number): Promise<Cable>;
  /** `undefined`: that process does not use that server. */
  between(process: string, server: ServerName): Cable | undefined;
  /** Of every process. */
  allTo(server: ServerName): readonly Cable[];
  close(): Promise<void>;
}

export function createNetwork(): Network {
  const cables = new Map<string, { readonly server: ServerName; readonly cable: Cable }>();
  const nameOf = (process: string, server: ServerName): string => `${process} to ${server}`;
  return {
    lay: async (process, server, to) => {
      const cable = await layCable(to);
      cables.set(nameOf(process, server), { server, cable });
      return cable;
    },
    between: (process, server) => cables.get(nameOf(process, server))?.cable,
    allTo: (server) => [...cables.values()].filter((each) => each.server === server).map(({ cable }) => cable),
    close: async () => {
      await Promise.all([...cables.values()].map(({ cable }) => cable.close()));
    },
  };
}

/** The same database, by way of that cable. */
export function through(cable: Cable, url: string): string {
  const changed = new URL(url);
  changed.hostname = '127.0.0.1';
  changed.port = String(cable.port);
  return changed.href;
}
