import { mergeWinner, otherHasGivenUp } from '@switchyard/session-backends/fence';
import type { Result } from './history.ts';
import { isOwn, settle } from './lost-write.ts';
import type { Has } from './mechanisms.ts';
import { answer, believe, bounce, giveUp, goOn } from './outcomes.ts';
import type { Outcome, StepOf } from './outcomes.ts';
import { CLEARED, soughtKey, writeOf } from './request.ts';
import type { Process, Request } from './request.ts';
import { applyAdoption, applyWrite, isLive, judge, needsAdoption } from './statements.ts';
import type { Judged, Write } from './statements.ts';
import { rowText, siteText, valueText } from './world.ts';
import type { Row, Site } from './world.ts';

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
