export type { ContractStores, StoreLack } from './contract-world.ts';
export { FaultyStore, type Fault } from './faulty-store.ts';
export { sessionStoreContract, type ContractCase, type SessionStoreContractOptions } from './session-store-contract.ts';
export { sessionsContract, type SessionsContractOptions } from './sessions-contract.ts';
export type { ContractSessions, SessionsLack } from './sessions-world.ts';
