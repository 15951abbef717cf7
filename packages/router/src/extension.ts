/** What a query extension is told about an operation. */
export interface ExtendedOperation {
  readonly model?: string;
  readonly operation: string;
  readonly args: unknown;
  /** Carries on with these arguments. */
  readonly query: (args: unknown) => Promise<unknown>;
}

type QueryCallback = (operation: ExtendedOperation) => Promise<unknown>;

/** An extension for all clients: as their models differ, only what needs to know none of them. */
export interface SharedExtension {
  readonly name?: string;
  readonly query: {
    readonly $allOperations?: QueryCallback;
    readonly $allModels?: { readonly [operation: string]: QueryCallback };
  };
}

/** One function for each client to be extended, each typed by its own client. */
export type ExtensionsByAlias<Clients> = { readonly [Alias in keyof Clients]?: (client: Clients[Alias]) => unknown };

/** The clients after their extension. */
export type ExtendedClients<Clients, Extensions> = {
  readonly [Alias in keyof Clients]: Alias extends keyof Extensions
    ? Extensions[Alias] extends (client: never) => infer Extended
      ? Extended
      : Clients[Alias]
    : Clients[Alias];
};
