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
  const { percent, merging, covered, clean, code, failed } = detail;
  const parts = [
    typeof percent === 'number' ? `${percent} %` : '',
    typeof merging === 'number' && merging > 0 ? `${merging} buckets in merge` : '',
    typeof covered === 'number' ? `${covered} buckets covered` : '',
    typeof clean === 'boolean' ? (clean ? 'clean' : 'not clean') : '',
    typeof code === 'string' ? code : '',
    Array.isArray(failed) ? failed.join(', ') : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}
