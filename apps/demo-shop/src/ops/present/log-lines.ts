import type { AuditLine } from '@switchyard/session-move';
import { timeOf } from '../words/time-of.ts';

export const logLines = (log: readonly AuditLine[]) =>
  log.map(({ at, actor, action, detail }) => ({
    iso: new Date(at).toISOString(),
    time: timeOf(at),
    actor,
    action,
    tone: /(refused|failed)$/.test(action) ? 'bad' : action.endsWith('done') ? 'good' : '',
    detail: describeDetail(detail),
  }));

/** Numbers and names, as they were logged. */
function describeDetail(detail: Readonly<Record<string, unknown>>): string {
  const { percent, rate, throttle, wait, sample, repair, repairRogue, limits, merging, covered, clean, code, failed } =
    detail;
  const parts = [
    typeof percent === 'number' ? `${percent} %` : '',
    typeof sample === 'number' ? `a sample of ${Number((sample * 100).toFixed(4))} %` : '',
    typeof rate === 'number' ? `at most ${rate} rows a second` : '',
    throttle === false ? 'not slowed down' : '',
    wait === true ? 'copies nothing' : '',
    repair === true ? (repairRogue === true ? 'repairs, rogue rows too' : 'repairs') : '',
    typeof limits === 'object' && limits !== null ? `limits: ${JSON.stringify(limits)}` : '',
    typeof merging === 'number' && merging > 0 ? `${merging} buckets in merge` : '',
    typeof covered === 'number' ? `${covered} buckets covered` : '',
    typeof clean === 'boolean' ? (clean ? 'clean' : 'not clean') : '',
    typeof code === 'string' ? code : '',
    Array.isArray(failed) ? failed.join(', ') : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}
