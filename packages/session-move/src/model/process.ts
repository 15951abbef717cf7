import { mergeWinner, otherHasGivenUp, otherSite, settleLostWrite } from '@switchyard/session-backends/fence';
import type { Belief, Fence, SiteName, Version } from '@switchyard/session-backends/fence';
import type { Result } from './history.ts';
import type { Has } from './mechanisms.ts';
import { applyAdoption, applyWrite, isLive, judge, needsAdoption } from './statements.ts';
import type { Judged, Write } from './statements.ts';
import { rowText, siteText, valueText } from './world.ts';
import type { Row, Site } from './world.ts';

/** `update` is a save that says which version it has loaded; `save` goes over whatever live row is there. */
export type RequestKind = 'load' | 'save' | 'update' | 'touch' | 'create' | 'createFresh' | 'destroy' | 'rename';

/** What the last load of a process returned: what its next update expects. */
export interface Seen {
  readonly version: Version;
  readonly value: number;
  readonly writtenBy: number;
}

/**
 * The next statement of a request. `ask`: the load or the write itself. `why`: a load, because nothing was written.
 * `fetch`: the other side's row. `adopt`: the guarded copy of that row. `commit` and `second` exist only where a
 * mechanism is left out: a write whose fence check is behind it, and the second half of a rename.
 */
export type Stage = 'ask' | 'why' | 'fetch' | 'adopt' | 'commit' | 'second';

export interface Request {
  readonly id: number;
  readonly kind: RequestKind;
  readonly key: number;
  readonly value: number;
  readonly expires: number;
  readonly expected: Seen | null;
  readonly stage: Stage;
  readonly adoptedEpoch: number | null;
  /** In a merge: this side's row, and the clock when it was read. */
  readonly own: Row | null;
  readonly asOf: number;
  /** In an adoption: the other side's row, and the move it was read under. */
  readonly fetched: Row | null;
  readonly fetchedMove: string | null;
  readonly judged: Judged | null;
  /** The answer to the write was lost: the request is looking for what became of it. */
  readonly lost: boolean;
  /** The write has been sent more than once. */
  readonly repeated: boolean;
}

/** One process of the shop with one request at a time. Between requests it keeps its belief. */
export interface Process {
  readonly belief: Belief;
  readonly seen: Seen | null;
  /** It has just been started and has asked one of the two fences. */
  readonly starting: { readonly site: SiteName; readonly fence: Fence } | null;
  readonly request: Request | null;
}

/** What one statement leads to. */
export interface Outcome {
  readonly process: Process;
  readonly site: Site;
  readonly answer: Result | undefined;
  /** The statement is still on its way to the site: the connection was lost before its answer. */
  readonly underWay: Write | undefined;
  readonly tag: string;
  readonly text: string;
}

const CLEARED = { own: null, asOf: 0, fetched: null, fetchedMove: null, judged: null } as const;

export const beginRequest = (
  process: Process,
  request: Pick<Request, 'id' | 'kind' | 'key' | 'value' | 'expires'>,
): Process => {
  const usesSeen = request.kind === 'update' || request.kind === 'rename' || request.kind === 'touch';
  return {
    ...process,
    request: {
      ...request,
      expected: usesSeen ? process.seen : null,
      stage: 'ask',
      adoptedEpoch: null,
      ...CLEARED,
      lost: false,
      repeated: false,
    },
  };
};

export const targetOf = (process: Process): SiteName =>
  process.request?.stage === 'fetch' ? otherSite(process.belief.site) : process.belief.site;

/** Everything that the next statement of the process's request can lead to, at the site that it is sent to. */
export function stepRequest(has: Has, process: Process, site: Site, clock: number): readonly Outcome[] {
  const request = process.request as Request;
  const step = { has, process, request, site, clock };
  switch (request.stage) {
    case 'ask':
      return request.kind === 'load' || request.lost ? [ask(step)] : write(step);
    case 'why':
      return [why(step)];
    case 'fetch':
      return [fetch(step)];
    case 'adopt':
      return [adopt(step)];
    case 'commit':
      return [finishWrite(step, request.judged as Judged)];
    case 'second':
      return [secondHalf(step)];
  }
}

interface StepOf {
  readonly has: Has;
  readonly process: Process;
  readonly request: Request;
  readonly site: Site;
  readonly clock: number;
}

function ask(step: StepOf): Outcome {
  const { has, process, request, site, clock } = step;
  const judged = judge(has, site, process.belief, false);
  if (judged.kind === 'bounce') return bounce(step, judged.to);
  const believing = { ...step, process: believe(process, site, judged) };
  const key = soughtKey(request);
  const own = site.rows[key] ?? null;
  if (!needsAdoption(site, judged, key))
    return loaded(believing, own, isLive(own, clock), `reads at ${siteText(site.name)}: ${rowText(own)}`);
  return goOn(
    believing,
    { stage: 'fetch', own, asOf: clock },
    'merge-read',
    `reads at ${siteText(site.name)}: ${rowText(own)}; in a merge, so the other side has to be asked too`,
  );
}

function fetch(step: StepOf): Outcome {
  const { has, process, request, site, clock } = step;
  const key = soughtKey(request);
  const row = site.rows[key] ?? null;
  const where = siteText(site.name);
  if (has('secondReadFence') && !otherHasGivenUp(site.fence, process.belief.epoch))
    return goOn(
      step,
      { stage: 'ask', ...CLEARED },
      'start-over',
      `asks ${where}, which has not given up for epoch ${process.belief.epoch}: starts over`,
    );
  const text = `reads the other side, ${where}: ${rowText(row)}`;
  if (request.kind === 'load' || request.lost) {
    const won = mergeWinner(request.own?.version ?? 0, row?.version ?? 0, process.belief.epoch);
    if (won === 'start over' && has('newerStartsOver'))
      return goOn(
        step,
        { stage: 'ask', ...CLEARED },
        'start-over',
        `${text}; that is newer than its first read, so it starts over`,
      );
    const winner = won === 'own' ? request.own : row;
    const judgedAt = won === 'own' || has('oneClock') ? request.asOf : clock;
    return loaded(step, winner, isLive(winner, judgedAt), text);
  }
  if (row === null)
    return goOn(step, { stage: 'ask', adoptedEpoch: process.belief.epoch, ...CLEARED }, 'adopt-nothing', text);
  return goOn(step, { ...CLEARED, stage: 'adopt', fetched: row, fetchedMove: site.fence.moveId }, 'adopt-fetch', text);
}

function adopt(step: StepOf): Outcome {
  const { has, process, request, site } = step;
  const row = request.fetched as Row;
  const { epoch } = process.belief;
  const sameMove = !has('moveId') || request.fetchedMove === site.fence.moveId;
  const adopted = sameMove ? applyAdoption(has, site, request.key, row, epoch) : undefined;
  if (!adopted)
    return goOn(
      step,
      { stage: 'ask', ...CLEARED },
      'adopt-refused',
      `tries to adopt ${rowText(row)} at ${siteText(site.name)}, which is not in the merge of epoch ${epoch} any more: starts over`,
    );
  const text = `adopts ${rowText(row)} at ${siteText(site.name)}${adopted === site ? ', which has a newer row and keeps it' : ''}`;
  return goOn({ ...step, site: adopted }, { stage: 'ask', adoptedEpoch: epoch, ...CLEARED }, 'adopt', text);
}

function write(step: StepOf): readonly Outcome[] {
  const { has, process, request, site } = step;
  const sent = writeOf(process, request);
  const lost: Outcome = {
    ...goOn(
      step,
      { ...CLEARED, stage: 'ask', adoptedEpoch: null, lost: true },
      'lost-answer',
      `sends its ${request.kind} to ${siteText(site.name)} and loses the connection before the answer`,
    ),
    underWay: sent,
  };
  const judged = judge(has, site, process.belief, true);
  if (judged.kind === 'bounce') return [bounce(step, judged.to), lost];
  const believing = { ...step, process: believe(process, site, judged) };
  if (!has('tableLock'))
    return [
      goOn(
        believing,
        { stage: 'commit', judged },
        'judged',
        `sends its ${request.kind} to ${siteText(site.name)}; the statement's snapshot sees that the fence lets it through`,
      ),
    ];
  return [finishWrite(believing, judged), lost];
}

function finishWrite(step: StepOf, judged: Judged): Outcome {
  const { has, process, request, site, clock } = step;
  const sent = writeOf(process, request);
  const inTwo = request.kind === 'rename' && !has('renameAtomic');
  const first: Write = inTwo ? { ...sent, kind: 'create', key: request.key + 1, fresh: true } : sent;
  const written = applyWrite(has, site, first, judged, clock);
  const where = siteText(site.name);
  if (!written)
    return goOn(
      step,
      { stage: 'why', judged: null },
      'not-written',
      `sends its ${request.kind} to ${where}: nothing is written`,
    );
  const done = { ...step, site: written };
  if (inTwo)
    return goOn(
      done,
      { stage: 'second' },
      'first-half',
      `creates the new key at ${where} with ${valueText(request.value)}`,
    );
  return answer(done, 'ok', `${verb(request)} at ${where}: ${rowText(written.rows[request.key] ?? null)}`);
}

function secondHalf(step: StepOf): Outcome {
  const { has, process, request, site, clock } = step;
  const judged = judge(has, site, process.belief, true);
  if (judged.kind === 'bounce') return bounce(step, judged.to, 'second');
  const sent: Write = { ...writeOf(process, request), kind: 'destroy', expectedVersion: null };
  const written = applyWrite(has, site, sent, judged, clock) ?? site;
  return answer({ ...step, site: written }, 'ok', `destroys the old key at ${siteText(site.name)}`);
}

/** Nothing was written: a load tells why. */
function why(step: StepOf): Outcome {
  const { has, process, request, site, clock } = step;
  const judged = judge(has, site, process.belief, false);
  if (judged.kind === 'bounce') return bounce(step, judged.to);
  const believing = { ...step, process: believe(process, site, judged) };
  const row = site.rows[request.key] ?? null;
  const text = `looks why, at ${siteText(site.name)}: ${rowText(row)}`;
  const mayAdopt = request.kind !== 'createFresh' && request.adoptedEpoch !== judged.epoch;
  if (mayAdopt && needsAdoption(site, judged, request.key))
    return goOn(
      believing,
      { stage: 'fetch' },
      'needs-adoption',
      `${text}; in a merge, so the other side's row has to be adopted first`,
    );
  const result = reason(request, site, isLive(row, clock), row);
  if (result === undefined) return goOn(believing, { stage: 'ask' }, 'try-again', `${text}; tries again`);
  if (!request.repeated) return answer(believing, result, text);
  if (result === 'ok' || isOwn(has, request, row)) return answer(believing, 'ok', text);
  return has('lostAnswerStaysOpen') ? giveUp(believing, text) : answer(believing, result, text);
}

function reason(request: Request, site: Site, live: boolean, row: Row | null): Result | undefined {
  switch (request.kind) {
    case 'create':
    case 'createFresh':
      return row ? 'taken' : undefined;
    case 'destroy':
      return live ? undefined : 'ok';
    default:
      if (!live) return 'gone';
      if (request.kind !== 'touch' && request.expected !== null && row?.version !== request.expected.version)
        return 'conflict';
      return request.kind === 'rename' && site.rows[request.key + 1] ? 'taken' : undefined;
  }
}

/** A load has its row: it answers, or a lost write learns what became of it. */
function loaded(step: StepOf, row: Row | null, live: boolean, text: string): Outcome {
  const { has, request } = step;
  if (!request.lost) {
    const seen =
      live && row !== null ? { version: row.version, value: row.value as number, writtenBy: row.writtenBy } : null;
    return answer(step, seen ? seen.value : 'absent', text, seen);
  }
  const verdict = settle(has, request, live ? row : null);
  if (verdict === 'done') return answer(step, 'ok', `${text}; so its ${request.kind} has happened`);
  if (verdict === 'unknown') return giveUp(step, text);
  return goOn(
    step,
    { ...CLEARED, stage: 'ask', lost: false, repeated: true },
    'repeat',
    `${text}; will send its ${request.kind} again`,
  );
}

function settle(has: Has, request: Request, found: Row | null): 'done' | 'repeat' | 'unknown' {
  const { kind, expected } = request;
  if (!has('lostWriteIsNotRepeated')) {
    if (kind === 'save') return isOwn(has, request, found) ? 'done' : 'repeat';
    if (kind === 'touch' && found) return 'repeat';
  }
  return settleLostWrite({
    kind:
      kind === 'save'
        ? 'update'
        : kind === 'createFresh'
          ? 'create'
          : (kind as Exclude<RequestKind, 'load' | 'save' | 'createFresh'>),
    expectedVersion: expected?.version,
    foundVersion: found?.version,
    foundOwn: isOwn(has, request, found),
  });
}

const isOwn = (has: Has, request: Request, row: Row | null): boolean =>
  row !== null && (has('ownMark') ? row.writtenBy === request.id : row.value === request.value);

const soughtKey = (request: Request): number =>
  request.lost && request.kind === 'rename' ? request.key + 1 : request.key;

const believe = (process: Process, site: Site, judged: Judged): Process => ({
  ...process,
  belief: { site: site.name, epoch: judged.epoch },
});

const writeOf = (process: Process, request: Request): Write => ({
  kind:
    request.kind === 'save' ? 'update' : request.kind === 'createFresh' ? 'create' : (request.kind as Write['kind']),
  request: request.id,
  key: request.key,
  value: request.kind === 'touch' ? (request.expected?.value ?? 0) : request.value,
  expires: request.expires,
  fresh: request.kind === 'createFresh',
  expectedVersion: request.kind === 'touch' ? null : (request.expected?.version ?? null),
  believedEpoch: process.belief.epoch,
  adoptedEpoch: request.adoptedEpoch,
});

function bounce(step: StepOf, to: Belief, stage: Stage = 'ask'): Outcome {
  const { process, request, site } = step;
  const { state, epoch } = site.fence;
  // What has been seen of an epoch stays true: a fence that lags behind takes nothing back.
  const belief = { site: to.site, epoch: Math.max(to.epoch, process.belief.epoch) };
  const text = `asks ${siteText(site.name)}, whose fence says "${state}" of epoch ${epoch}: goes to ${siteText(to.site)}`;
  return {
    ...goOn(step, { ...CLEARED, stage }, 'bounce', text),
    process: { ...process, belief, request: { ...request, ...CLEARED, stage } },
  };
}

function goOn(step: StepOf, change: Partial<Request>, tag: string, text: string): Outcome {
  const { process, request, site } = step;
  return {
    process: { ...process, request: { ...request, ...change } },
    site,
    answer: undefined,
    underWay: undefined,
    tag,
    text,
  };
}

function answer(step: StepOf, result: Result, text: string, seen: Seen | null = null): Outcome {
  const { process, request, site } = step;
  const tag = typeof result === 'number' ? 'found' : `${request.kind}-${result}`;
  const spoken = typeof result === 'number' ? valueText(result) : `"${result}"`;
  return {
    process: { ...process, seen, request: null },
    site,
    answer: result,
    underWay: undefined,
    tag,
    text: `${text}; the answer is ${spoken}`,
  };
}

/** The caller is told that the outcome is unknown: the request stays under way for ever. */
const giveUp = ({ process, site }: StepOf, text: string): Outcome => ({
  process: { ...process, seen: null, request: null },
  site,
  answer: undefined,
  underWay: undefined,
  tag: 'unknown-outcome',
  text: `${text}; the answer is that nobody knows whether it happened`,
});

function verb(request: Request): string {
  switch (request.kind) {
    case 'save':
    case 'update':
      return `saves ${valueText(request.value)}`;
    case 'create':
    case 'createFresh':
      return `creates ${valueText(request.value)}`;
    case 'touch':
      return 'touches';
    case 'destroy':
      return 'logs out: destroys';
    default:
      return `renames, with ${valueText(request.value)},`;
  }
}
