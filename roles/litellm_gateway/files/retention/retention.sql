-- Deletes what is older than it is to be kept, of the tables in "retained" (tables.sql), a thousand rows at a time, each
-- committed by itself: whoever reads or writes meanwhile waits for none of it.
-- SPDX-License-Identifier: GPL-3.0-or-later
SET lock_timeout = '5s';
DO $$
DECLARE
  one record;
  reached text;
  gone bigint;
  total bigint;
BEGIN
  FOR one IN SELECT * FROM retained ORDER BY name LOOP
    -- PostgreSQL's own vacuum gives the space back to the table: at 2 % of its rows instead of 20 %.
    IF EXISTS (SELECT FROM pg_class WHERE oid = to_regclass(format('%I', one.name)) AND relkind = 'r'
               AND NOT coalesce('autovacuum_vacuum_scale_factor=0.02' = ANY (reloptions), false)) THEN
      EXECUTE format('ALTER TABLE %I SET (autovacuum_vacuum_scale_factor = 0.02, '
                     'toast.autovacuum_vacuum_scale_factor = 0.02)', one.name);
      COMMIT;
    END IF;
    CONTINUE WHEN one.by_litellm;
    total := 0;
    reached := '';
    LOOP
      -- In the order of time, from where the last batch ended: what was deleted is not gone through again.
      EXECUTE format(
        'WITH old AS (SELECT ctid AS place, %2$I AS at FROM %1$I WHERE %2$I < %3$L %4$s ORDER BY %2$I LIMIT 1000), '
        -- Once more what is old: in a table of partitions two rows may have one place.
        'deleted AS (DELETE FROM %1$I WHERE ctid = ANY (ARRAY(SELECT place FROM old)) AND %2$I < %3$L) '
        'SELECT count(*), max(at)::text FROM old',
        one.name, one.at, one.since, CASE WHEN reached <> '' THEN format('AND %I >= %L', one.at, reached) END)
      INTO gone, reached;
      COMMIT;
      total := total + gone;
      EXIT WHEN gone < 1000;
      PERFORM pg_sleep(0.1);
    END LOOP;
    IF total > 0 THEN
      RAISE NOTICE '% rows of "%" deleted: older than % days', total, one.name, one.days;
    END IF;
  END LOOP;
END $$;
