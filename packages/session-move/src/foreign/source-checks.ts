import type { FencedTable } from '@switchyard/session-backends/foreign';
import type { Check } from '../operator/checks.ts';
import type { SourceFacts } from './inspect-source.ts';
import { nameOf, type MoveSource } from './move-source.ts';
import { COLUMNS } from './source-columns.ts';
import { isZoneWrong, type TimeZoneSample } from './sample-time-zone.ts';

const OLDEST_SERVER = 120_000;

/** What has to hold before a library's table is made ready for a move: else something could get lost, or nothing be done. */
export function sourceChecks(
  source: MoveSource,
  facts: SourceFacts,
  table: FencedTable | undefined,
  zone: TimeZoneSample | undefined,
): Check[] {
  const { schema, table: name } = nameOf(source);
  const isThere = facts.kind !== undefined;
  return [
    {
      name: `table ${schema}.${name}`,
      ok: facts.kind === 'r',
      value: isThere ? (facts.kind === 'r' ? 'a table' : 'a view, or partitioned') : 'not there',
      threshold: 'an ordinary table',
      remedy: isThere
        ? 'sessions import copies what a view or a partitioned table shows'
        : 'name it: --table [schema.]table; is MAIN_DATABASE_URL the database that it is in?',
    },
    ...(isThere ? [...shapeChecks(source, facts), ...rowChecks(source, facts)] : []),
    {
      name: 'old database can be written',
      ok: !facts.isReplica,
      value: facts.isReplica ? 'it is a replica' : 'yes',
      threshold: 'yes',
      remedy: 'connect to the primary',
    },
    {
      name: 'server',
      ok: facts.serverVersion >= OLDEST_SERVER,
      value: `PostgreSQL ${Math.floor(facts.serverVersion / 10_000)}`,
      threshold: 'PostgreSQL 12 or later',
      remedy: 'a move cannot be followed there: sessions import copies the sessions while the shop is closed',
    },
    {
      name: 'transactions are READ COMMITTED',
      ok: facts.isolations.length === 0,
      value: facts.isolations.length === 0 ? 'yes' : facts.isolations.join('; '),
      threshold: 'yes, for whoever writes sessions',
      remedy: 'alter role … set default_transaction_isolation to "read committed", and reconnect',
    },
    sideSchemaCheck(source, facts, table),
    ...(source.kind === 'connect-pg-simple' && isThere ? [zoneCheck(facts, source, zone)] : []),
  ];
}

function shapeChecks({ kind }: MoveSource, { columns, uniqueKeys, entanglements }: SourceFacts): Check[] {
  const wanted = Object.values(COLUMNS[kind]);
  const wrong = wanted.flatMap(({ name, types, typeShown }) => {
    const found = columns.find((column) => column.name === name);
    return found !== undefined && types.test(found.type)
      ? []
      : [`${name} is ${found?.type ?? 'not there'}, ${typeShown} is asked for`];
  });
  const demanded = columns.filter(({ name, isDemanded }) => isDemanded && !wanted.some((each) => each.name === name));
  return [
    {
      name: `columns are those of ${kind}`,
      ok: wrong.length === 0,
      value: wrong.length === 0 ? wanted.map(({ name }) => name).join(', ') : wrong.join('; '),
      threshold: wanted.map(({ name, typeShown }) => `${name} ${typeShown}`).join(', '),
      remedy: wrong.some((what) => what.startsWith('sess is jsonb'))
        ? 'jsonb does not keep the bytes that a session was saved with: alter table … alter column sess type json'
        : 'is it another library’s table?',
    },
    {
      name: 'no further columns that have to be filled',
      ok: demanded.length === 0,
      value: demanded.length === 0 ? 'none' : demanded.map(({ name }) => name).join(', '),
      threshold: 'none without a default',
      remedy: 'give them a default: nobody else knows what belongs there',
    },
    {
      name: 'keys are in the order of the database',
      ok: columns.every(({ name, hasCollation }) => name !== COLUMNS[kind].key.name || !hasCollation),
      value: columns.some(({ name, hasCollation }) => name === COLUMNS[kind].key.name && hasCollation)
        ? `${COLUMNS[kind].key.name} has a collation of its own`
        : 'yes',
      threshold: 'yes',
      remedy: `alter table … alter column ${COLUMNS[kind].key.name} type varchar collate "default"`,
    },
    {
      name: 'one row for each key',
      ok: uniqueKeys.includes(COLUMNS[kind].key.name),
      value: uniqueKeys.length === 0 ? 'no unique index' : uniqueKeys.map((key) => `unique (${key})`).join(', '),
      threshold: `unique (${COLUMNS[kind].key.name})`,
      remedy: `alter table … add primary key (${COLUMNS[kind].key.name})`,
    },
    {
      name: 'nothing else hangs on it',
      ok: entanglements.length === 0,
      value: entanglements.length === 0 ? 'nothing' : entanglements.join(', '),
      threshold: 'no foreign keys, rules, partitions or row-level security',
      remedy:
        'a row that goes to another database cannot be referred to, and none may be hidden: take these away first',
    },
  ];
}

function rowChecks(source: MoveSource, { hasStrangeRows, mayNot }: SourceFacts): Check[] {
  const { schema, table } = nameOf(source);
  const { key, data, expires } = COLUMNS[source.kind];
  return [
    {
      name: 'each session has a key and data, and ends',
      ok: !hasStrangeRows,
      value: hasStrangeRows ? `some have no ${key.name} or ${data.name}, or end after the year 9999, or never` : 'yes',
      threshold: `no empty ${key.name}, no null, no ${expires.name} after 9999`,
      remedy: `delete from ${schema}.${table} where coalesce(${key.name}, '') = '' or ${data.name} is null or ${expires.name} is null; update ${schema}.${table} set ${expires.name} = '9999-01-01' where ${expires.name} >= '10000-01-01'; and let the library’s ttl be finite`,
    },
    {
      name: 'this user may write to the table',
      ok: mayNot.length === 0,
      value: mayNot.length === 0 ? 'yes' : `not ${mayNot.join(', ')}`,
      threshold: 'insert, update, delete: a rollback brings back what was written since',
      remedy: `grant ${mayNot.join(', ')} on ${schema}.${table} to this user`,
    },
  ];
}

function sideSchemaCheck(source: MoveSource, { sideSchema }: SourceFacts, table: FencedTable | undefined): Check {
  const { sideSchema: name } = nameOf(source);
  const made = typeof sideSchema === 'object' ? (sideSchema.definition as Partial<FencedTable> | null) : undefined;
  // Where there is no zone to be made with, another check says so.
  const isSame =
    table === undefined || (made?.table === table.table && (made.timeZone ?? null) === (table.timeZone ?? null));
  return {
    name: `schema ${name} is the move’s`,
    ok: sideSchema !== 'foreign' && sideSchema !== 'closed' && (made === undefined || isSame),
    value:
      sideSchema === 'absent'
        ? 'not there yet'
        : sideSchema === 'foreign'
          ? 'somebody else’s'
          : sideSchema === 'closed'
            ? 'made for a move, and closed to this user'
            : `made for ${made?.table ?? '?'}${made?.timeZone ? `, its times read in ${made.timeZone}` : ''}`,
    threshold: 'not there yet, or made for this table and this time zone',
    remedy:
      sideSchema === 'foreign'
        ? 'name another in switchyard.config: source.sideSchema'
        : sideSchema === 'closed'
          ? `grant usage on schema ${name}, all on all tables in it, and usage on all its sequences, to this user`
          : `start with what it was made for; or, before the first switch: switchyard move cancel, drop schema ${name} cascade, and start again`,
  };
}

function zoneCheck(
  { timeZones, mayRead }: SourceFacts,
  { timeZone }: MoveSource,
  sample: TimeZoneSample | undefined,
): Check {
  const found = [...new Set(Object.values(timeZones))];
  const wrong = sample !== undefined && isZoneWrong(sample);
  const hours = (sample?.shiftedBy ?? 0) / 60;
  return {
    name: 'time zone of the column expire',
    ok: sample !== undefined && !wrong,
    value:
      sample === undefined
        ? timeZone === undefined
          ? `its writers run in ${found.join(' and ') || 'no zone that is known'}`
          : `${timeZone} is none that PostgreSQL knows`
        : `${sample.timeZone}; ${sample.rows} rows looked at, ${sample.agree} agree with the session’s own expiry${
            wrong ? `, ${sample.shifted} are off by ${hours > 0 ? '+' : ''}${hours} h` : ''
          }`,
    threshold: 'the one that the library’s connections run in',
    remedy: wrong
      ? 'name the zone in which the library writes: --time-zone; where its processes run in several, let them run in one first'
      : mayRead
        ? 'name it: --time-zone Europe/Berlin'
        : 'the sessions tell whether that is so: let this user read them',
  };
}
