import { RouterError } from '../router-error.ts';
import { parseLogPosition } from './log-position.ts';
import type { LogPositions } from './read-your-writes.ts';

export interface ReplicaHealthOptions {
  readonly positions: LogPositions;
  /** A replica that lacks what the primary had so long ago serves no reads, in milliseconds. */
  readonly maxLagMs: number;
  /** For how long an answer of a replica counts, in milliseconds: without a newer one it serves no reads. Default is 1,000. */
  readonly aliveMs?: number;
  /** How often each server is asked at most, in milliseconds. Default is 100. */
  readonly pollMs?: number;
  /** Milliseconds of a clock that does not jump. Default is `performance.now`. */
  readonly now?: () => number;
}

/** Knows which replicas are there and not too far behind. */
export interface ReplicaHealth {
  /** Never waits: servers are asked in the background when this is called, and until one has answered it is no. */
  isFit(replica: string): boolean;
}

interface Answer {
  /** The last answer; `undefined` before the first, and after a question that failed. */
  last?: { readonly position: bigint; readonly at: number };
  askedAt: number;
  isOpen: boolean;
}

/**
 * The lag is measured in what the primary had written by when, as seen from here: the clocks of the servers do not matter,
 * an idle primary makes no replica look late, and a replica that is cut off from its primary is found out. While the primary
 * does not answer, replicas that do go on serving reads.
 */
export function createReplicaHealth(options: ReplicaHealthOptions): ReplicaHealth {
  const { positions, maxLagMs, aliveMs = 1_000, pollMs = 100, now = () => performance.now() } = options;
  if (!(maxLagMs > 0) || !(aliveMs > pollMs) || !(pollMs >= 0))
    throw new RouterError('INVALID_OPTION', 'A replica’s health needs maxLagMs > 0 and aliveMs > pollMs >= 0.');
  const primary = createMilestones(maxLagMs);
  const asked: Answer = { askedAt: -Infinity, isOpen: false };
  const replicas = new Map<string, Answer>();

  /** Asks unless it is too early. A question that is open for too long is taken for lost, and asked again. */
  function poll(answer: Answer, question: () => Promise<string | null>, heard: (position: bigint, at: number) => void) {
    const askedAt = now();
    if (askedAt - answer.askedAt < (answer.isOpen ? aliveMs : pollMs)) return;
    answer.askedAt = askedAt;
    answer.isOpen = true;
    const isLatest = (): boolean => answer.askedAt === askedAt;
    question()
      .then((position) => {
        if (position !== null) heard(parseLogPosition(position), now());
      })
      .catch(() => {
        if (isLatest()) delete answer.last;
      })
      .finally(() => {
        if (isLatest()) answer.isOpen = false;
      });
  }

  function isFit(replica: string): boolean {
    const answer = replicas.get(replica) ?? { askedAt: -Infinity, isOpen: false };
    replicas.set(replica, answer);
    poll(asked, () => positions.written(), primary.add);
    poll(
      answer,
      () => positions.replayed(replica),
      (position, at) => (answer.last = { position, at }),
    );
    const { last } = answer;
    return last !== undefined && now() - last.at <= aliveMs && last.position >= primary.due(now());
  }

  return { isFit };
}

interface Milestones {
  /** The primary was at this position, at the latest at that time. */
  add(position: bigint, at: number): void;
  /** What everybody should have by now. */
  due(now: number): bigint;
}

function createMilestones(maxLagMs: number): Milestones {
  let known: { readonly position: bigint; readonly at: number }[] = [];
  return {
    add: (position, at) => {
      // After a long silence nobody knows since when the primary has been where it is now: everybody should be there.
      if (at - (known.at(-1)?.at ?? at) > maxLagMs) known = [];
      known.push({ position, at });
    },
    due: (now) => {
      // The latest of those that are old enough; at the start, and after a silence, the first.
      const ripe = known.findLastIndex(({ at }) => now - at >= maxLagMs);
      if (ripe > 0) known.splice(0, ripe);
      return known[0]?.position ?? -1n;
    },
  };
}
