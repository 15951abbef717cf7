/**
 * What holds the move together, one name each. A run of the model can leave out one of them; that it then ends in a
 * counterexample shows that the mechanism is needed, and that the model would notice.
 */
export const MECHANISMS = {
  writeFence: 'a write asks the fence',
  readFence: 'a read asks the fence',
  tableLock: 'a fence changes under a lock that every statement holds from before its snapshot',
  order: 'arm, commit point, activate: in this order',
  mergeReads: 'after a switch, a row of an earlier epoch is looked up on the other side too',
  secondReadFence: 'the second read of a merge counts only if the other side has given up for exactly this epoch',
  newerStartsOver: 'a merge that finds a row of its own epoch on the other side starts over',
  oneClock: 'in a merge both rows are judged by the clock of the first read',
  adoptionBound: 'a row is adopted only during the merge that it was fetched in',
  adoptedEpoch: 'a write relies on an adoption only in the epoch it was made in',
  versionGuard: 'a copy only ever replaces a lower version',
  epochInVersion: 'a version carries the epoch',
  compareAndSet: 'a save says which version it has loaded',
  updateOnly: 'a save never creates a row',
  tombstones: 'a destroy leaves a tombstone',
  touchKeepsData: 'a touch leaves the data to the database',
  createAdopts: 'in a merge, a create of a key that is not fresh looks at the other side first',
  renameAtomic: 'a rename is one transaction in one bucket',
  risingCounter: 'the counter of a new row starts above that of any row the key has had',
  capture: 'the backfill starts after writes have begun to leave outbox entries',
  outbox: 'a write leaves an outbox entry in the same statement',
  captureFromArm: 'writes leave outbox entries from the first one an armed side serves',
  backfill: 'parity waits until the backfill has covered the bucket',
  coveredIfThere: 'the backfill counts a row as done only when the other side holds it',
  parity: 'the merge ends only when the outbox of the side that was left is empty',
  clearConfirmed: 'an outbox entry is cleared only when the other side holds the row',
  clearByVersion: 'clearing an outbox entry leaves a newer one alone',
  clearUnexpired: 'that a row has expired is no reason to clear its outbox entry',
  origin: 'a row is never copied back to the side that wrote it',
  sender: 'an armed or idle side sends nothing',
  floor: 'after parity, copies from before the switch are refused',
  adoptionFloor: 'an adoption respects the floor, like every copy',
  purgeClean: 'a row with an outbox entry is not purged',
  purgeAfterMerge: 'nothing is purged during a merge',
  mirrorPurgeSettled: 'the mirror purges only once no merge can ask it any more',
  mirrorPurgeEpoch: 'the mirror purges nothing of a later epoch than its own',
  floorAtMirror: 'from then on the mirror, too, refuses copies from before the switch',
  expiryNotPast: 'a write never sets an expiry earlier than the moment it is written',
  mirrorPurgeLate: 'the mirror purges only well past the expiry',
  deadline: 'a copy has a deadline',
  moveId: 'a copy carries the id of its move',
  wipeBeforeMove: 'a side is emptied before a new move fills it',
  ownFirst: 'a controller reads the side that it changes before the other one',
  wholeRowCas: 'a fence changes only if the whole row is still as the controller read it',
  disarmSettled: 'a side that is disarmed after the merge goes back to where no merge can ask it',
  startDistrustsArmed: 'a process that starts does not take an armed fence for an authority',
  lostWriteIsNotRepeated: 'a write without a version whose answer was lost is not simply sent again',
  lostAnswerStaysOpen: 'after a lost answer, a conflict is no proof that the write did not happen',
  ownMark: 'a write is known as one’s own by a mark, not by equal bytes',
} as const;

export type Mechanism = keyof typeof MECHANISMS;

/** Is this mechanism at work in this run? */
export type Has = (mechanism: Mechanism) => boolean;

export const allBut =
  (...left: readonly Mechanism[]): Has =>
  (mechanism) =>
    !left.includes(mechanism);
