import { SqlFailure, type SqlExecutor } from '../sql-executor.ts';
import type { LiveSpan } from './create-tracing.ts';
import { isTracing, tracedExchange } from './traced.ts';

/**
 * The same executor; each statement that is part of a traced request is a span, called by the statement's name. Neither its
 * values nor its rows are shown.
 */
export function tracedExecutor({ query }: SqlExecutor, database: string | undefined): SqlExecutor {
  const base = { 'db.system.name': 'postgresql', ...(database !== undefined && { 'switchyard.database': database }) };
  return {
    query: (text, values, options) => {
      if (!isTracing()) return query(text, values, options);
      const attributes = { ...base, 'db.query.summary': options.name };
      return tracedExchange(`sql ${options.name}`, attributes, async (span) => {
        try {
          const rows = await query(text, values, options);
          span?.setAttribute('db.response.returned_rows', rows.length);
          return rows;
        } catch (error) {
          showFailure(span, error);
          throw error;
        }
      });
    },
  };
}

function showFailure(span: LiveSpan, error: unknown): void {
  if (!(error instanceof SqlFailure)) return;
  if (error.sqlState !== undefined) span?.setAttribute('db.response.status_code', error.sqlState);
  span?.setAttribute('switchyard.outcome', error.outcome);
}
