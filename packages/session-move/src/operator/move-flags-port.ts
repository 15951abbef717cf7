/** The flags of a move as their provider has them: what is intended, while the fences are what is so. */
export interface MoveFlagsPort {
  read(): Promise<Readonly<Record<MoveFlagName, boolean>>>;
  /** Left out where flags are kept elsewhere: the operator is then told which one to set. */
  write?(name: MoveFlagName, enabled: boolean): Promise<void>;
}

export type MoveFlagName = 'migration_flag' | 'new_db_router_flag';
