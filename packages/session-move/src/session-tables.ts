/**
 * The tables that `session` is made of: itself, or, where it shows the table of another library with what is beside it,
 * those that it reads, the largest first. None when it is gone.
 */
export const SESSION_TABLES = `select c.oid, c.relpages, c.reltuples from pg_class c
  where c.relkind in ('r', 'p') and (c.oid = to_regclass('session') or exists (
    select from pg_rewrite r join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
    where r.ev_class = to_regclass('session') and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid))
  order by pg_relation_size(c.oid) desc`;
