import type { WorkerEvent } from '@switchyard/session-move';

export interface WorkerLine {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly fields: object;
}

const info = (message: string, fields: object): WorkerLine => ({ level: 'info', message, fields });
const warn = (message: string, fields: object): WorkerLine => ({ level: 'warn', message, fields });

export function describeWorkerEvent(event: WorkerEvent): WorkerLine {
  const { kind: _, ...fields } = event;
  switch (event.kind) {
    case 'leading':
      return info('this worker leads: it carries across what has to be', fields);
    case 'lease-lost':
      return info('another worker leads now', fields);
    case 'side-failing':
      return warn('a database does not answer; waiting for it', fields);
    case 'side-recovered':
      return info('the database answers again', fields);
    case 'lost-at-destination':
      return warn('rows are refused by the other database and missing there', {
        code: 'LOST_AT_DESTINATION',
        ...fields,
      });
    case 'covered':
      return info('backfill done', fields);
    case 'settled':
      return info('everything is across: the merge of these buckets has ended', fields);
    case 'purged':
      return info('expired sessions purged', fields);
    case 'hindered':
      return warn(event.error.message, { code: event.error.code });
  }
}
