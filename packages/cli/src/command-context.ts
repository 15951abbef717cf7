/** What every command gets beside its arguments. */
export interface CommandContext {
  /** The folder of the project. @throws {DatabaseError} PROJECT_NOT_FOUND */
  readonly findProject: () => string;
  /** Gets the exit code, once. */
  readonly done: (exitCode: number) => void;
}
