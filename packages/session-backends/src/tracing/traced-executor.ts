import type { SqlExecutor } from '../sql-executor.ts';
import { SqlFailure } from '../sql-executor.ts';
import { tracedPart } from './traced.ts';

/**
 * The same executor; each statement that is part of a traced request is a span, called by the statement's name. Neither its
 * values nor its rows are shown.
 */
export function tracedExecutor(executor: SqlExecutor, database: string | undefined): SqlExecutor {
  const base = { 'db.system.name': 'postgresql', ...(database !== undefined && { 'switchyard.database': database }) };
  return {
    query: (text, values, options) =>
      tracedPart(`sql ${options.name}`, { ...base, 'db.query.summary': options.name }, async (span) => {
        try {
          const rows = await executor.query(text, values, options);
          span?.setAttribute('db.response.returned_rows', rows.length);
          return rows;
        } catch (error) {
          if (error instanceof SqlFailure) {
            if (error.sqlState !== undefined) span?.setAttribute('db.response.status_code', error.sqlState);
            span?.setAttribute('switchyard.outcome', error.outcome);
          }
          throw error;
        }
      }),
  };
}
