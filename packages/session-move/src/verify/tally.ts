import { encodeKey, type SessionKey, type StoredKey } from '@switchyard/session-backends';
import type { Compared } from './compared.ts';
import { differences, isFinding, type RowSeen, type Verdict } from './judge.ts';
import type { Suspect } from './repair.ts';
import type { Scope } from './scope.ts';
import type { FindingKind, SideFound, VerifyFinding, VerifyReport } from './verify-report.ts';

const LISTED = 100;

/** Adds up what is found, in little memory. */
export interface Tally {
  compared(found: Compared): void;
  judged(verdict: Verdict): void;
  finding(suspect: Suspect, repaired: boolean): void;
  report(startedAt: Date, sample: number | undefined): VerifyReport;
}

export function createTally(scope: Scope, isPlain: boolean): Tally {
  const rows = { old: 0, new: 0 };
  const lag = { waiting: 0, caughtUp: 0, oldestMs: 0 };
  let expiredOnly = 0;
  let notCovered = 0;
  const none = (): Record<FindingKind, number> => ({ 'lost-capture': 0, corruption: 0, 'rogue-writer': 0 });
  const found = none();
  const repairs = none();
  const findings: VerifyFinding[] = [];

  /** The first digits of a key in clear would be a part of a secret. */
  const mask = (key: StoredKey): string => (isPlain ? encodeKey(key as string as SessionKey) : key).slice(0, 8);

  const toFinding = ({ key, verdict, sighting }: Suspect, kind: FindingKind, repaired: boolean): VerifyFinding => ({
    kind,
    bucket: scope.bucketOf(key),
    key: mask(key),
    old: toFound(verdict.old.row, sighting.clockMs),
    new: toFound(verdict.new.row, sighting.clockMs),
    differs: kind === 'corruption' ? differences(verdict.old.row, verdict.new.row) : [],
    repaired,
  });

  return {
    compared: (page) => {
      rows.old += page.rows.old;
      rows.new += page.rows.new;
      expiredOnly += page.expiredOnly;
      notCovered += page.notCovered;
    },
    judged: ({ kind, newer, ...looks }) => {
      if (kind === 'same' || kind === 'caught-up') lag.caughtUp++;
      else if (kind === 'expired-only') expiredOnly++;
      else if (kind === 'not-covered') notCovered++;
      else if (kind === 'lag') {
        lag.waiting++;
        lag.oldestMs = Math.max(lag.oldestMs, Math.round((newer && looks[newer].waitingMs) ?? 0));
      }
    },
    finding: (suspect, repaired) => {
      const { kind } = suspect.verdict;
      if (!isFinding(kind)) return;
      found[kind]++;
      if (repaired) repairs[kind]++;
      if (findings.length < LISTED) findings.push(toFinding(suspect, kind, repaired));
    },
    report: (startedAt, sample) => ({
      moveId: scope.moveId,
      startedAt: startedAt.toISOString(),
      finishedAt: new Date().toISOString(),
      sample: sample ?? null,
      rows,
      buckets: { compared: scope.buckets.size, skipped: scope.skipped },
      lag,
      expiredOnly,
      notCovered,
      found,
      repaired: repairs,
      findings,
      clean: sum(found) === sum(repairs) && scope.skipped.illegal === undefined,
    }),
  };
}

const sum = (counts: Readonly<Record<FindingKind, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

function toFound(row: RowSeen | undefined, clockMs: number): SideFound | null {
  if (row === undefined) return null;
  const { version, expiresAtMs, data } = row;
  const lasts = expiresAtMs > clockMs ? 'live' : 'expired';
  const expiresAt = Number.isFinite(expiresAtMs) ? new Date(expiresAtMs).toISOString() : 'infinity';
  return { version, expiresAt, state: data === null ? 'tombstone' : lasts };
}
