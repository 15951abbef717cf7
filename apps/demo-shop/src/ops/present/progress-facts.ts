import { describeAge, describeVerify, type Lag } from '@switchyard/session-move';
import type { ConsoleStatus } from '../status/console-status.ts';
import { count } from '../words/numbers.ts';
import { countStates } from './headline.ts';

export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly more: string;
  /** 0 to 1, where there is a bar. */
  readonly part?: number;
  readonly tone: 'good' | 'bad' | '';
}

export function progressFacts(status: ConsoleStatus): Fact[] {
  return [backfillFact(status), verifyFact(status), lagFact(status, 'old'), lagFact(status, 'new'), workerFact(status)];
}

const isUnderWay = ({ buckets }: ConsoleStatus): boolean => {
  const { off = 0, complete = 0, unknown = 0 } = countStates(buckets);
  return off + complete + unknown < 256;
};

function backfillFact(status: ConsoleStatus): Fact {
  const { fill } = status;
  const name = 'Backfill';
  if (!isUnderWay(status) || fill === undefined) {
    const isComplete = (countStates(status.buckets).complete ?? 0) === 256;
    return { name, value: isComplete ? 'over' : '–', more: '', tone: '' };
  }
  if (fill.covered === 256)
    return { name, value: 'all buckets', more: `${count(fill.copied)} rows copied`, part: 1, tone: 'good' };
  const left = fill.leftMs === undefined ? '' : `, ${describeAge(fill.leftMs)} left`;
  return {
    name,
    value: `${fill.covered} of 256`,
    more: `${count(fill.copied)} rows, ${count(fill.rowsPerSecond)} a second${left}`,
    part: fill.covered / 256,
    tone: '',
  };
}

function verifyFact(status: ConsoleStatus): Fact {
  const { lastVerify } = status.move;
  const name = 'Last verify';
  if (lastVerify === undefined) return { name, value: isUnderWay(status) ? 'none yet' : '–', more: '', tone: '' };
  const [value = '', ago = ''] = describeVerify(lastVerify).split(', ');
  const { found } = lastVerify.summary;
  const wrong = Object.values(found).reduce((sum, each) => sum + each, 0);
  return {
    name,
    value,
    more: wrong > 0 ? `${count(wrong)} mismatches, ${ago}` : ago,
    tone: lastVerify.clean ? 'good' : 'bad',
  };
}

/** As the checks before a switch ask for. */
const LATE_MS = 5_000;

function lagFact({ move }: ConsoleStatus, from: 'old' | 'new'): Fact {
  const lag: Lag | undefined = move.lag[from];
  const name = from === 'old' ? 'Old → new' : 'New → old';
  if (lag === undefined) return { name, value: '?', more: `the ${from} database is away`, tone: 'bad' };
  return {
    name,
    value: lag.entries === 0 ? 'all across' : `${count(lag.entries)} waiting`,
    more: lag.entries === 0 ? '' : `the oldest for ${describeAge(lag.oldestMs)}`,
    tone: lag.oldestMs > LATE_MS ? 'bad' : '',
  };
}

function workerFact(status: ConsoleStatus): Fact {
  const name = 'Worker';
  if (!status.move.sides.new.reachable) return { name, value: '?', more: 'the new database is away', tone: '' };
  if (status.worker !== undefined) return { name, value: 'at work', more: status.worker.holder, tone: 'good' };
  return {
    name,
    value: 'none',
    more: isUnderWay(status) ? 'npx switchyard move worker' : 'none is needed now',
    tone: isUnderWay(status) ? 'bad' : '',
  };
}
