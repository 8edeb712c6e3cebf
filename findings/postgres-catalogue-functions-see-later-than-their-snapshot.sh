#!/usr/bin/env bash
# PostgreSQL 13 or newer from local packages (seen with 15).
#
# A query over the catalogue sees the rows of its snapshot, but the functions that describe them look for themselves, and not all in the same way:
# pg_get_indexdef and has_table_privilege look at what is committed now; pg_get_constraintdef finds the constraint by the transaction's snapshot,
# which is a new one in READ COMMITTED and the old one in REPEATABLE READ, and the names of its columns by what is committed now. So a statement
# during which somebody else commits gives rows made of two states, without an error and without a row less:
#   - an index that was dropped is listed, and its definition is NULL, in both isolation levels;
#   - a foreign key that was dropped is listed with the definition NULL in READ COMMITTED, and with its old definition in REPEATABLE READ;
#   - a check whose column was renamed has the new name in its text beside the old one in its list of columns;
#   - a table that was dropped is listed, and the right to it is neither true nor false.
# REPEATABLE READ does not help a program that reads the catalogue. The way out: hold a lock on the tables; or read something that changes with the
# catalogue before and after, and read all of it again where that differs.
set -euo pipefail
work=$(mktemp -d); chmod 755 "$work"; cd "$work"
bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -1 || command -v initdb)")
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }
mkdir data sock; [ "$(id -u)" = 0 ] && chown 65534:65534 data sock
trap 'as "$bin/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
as "$bin/initdb" -D data -U postgres -A trust -E UTF8 --locale=C >/dev/null
as "$bin/pg_ctl" -D data -w -l "$work/data/log" -o "-c listen_addresses='' -k $work/sock" start >/dev/null
sql() { "$bin/psql" -h "$work/sock" -U postgres -d postgres -XqAt -F ' | ' -P null=NULL -v ON_ERROR_STOP=1 "$@"; }

make='CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int, n int, CONSTRAINT k FOREIGN KEY (p_id) REFERENCES p, CONSTRAINT positive CHECK (n > 0));
CREATE INDEX i ON c (n); CREATE TABLE gone (x int)'
for level in 'READ COMMITTED' 'REPEATABLE READ'; do
  sql -c "DROP TABLE IF EXISTS c, p; $make" 2>/dev/null
  # Another session changes the schema while the statement below waits for an advisory lock, after its snapshot was taken.
  sql -c 'SELECT FROM pg_advisory_lock(1)' -c '\! touch locked' \
    -c 'DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted) LOOP PERFORM pg_sleep(0.05); END LOOP; END $$' \
    -c 'ALTER TABLE c DROP CONSTRAINT k; DROP INDEX i; ALTER TABLE c RENAME n TO amount; DROP TABLE gone' >/dev/null &
  while [ ! -e locked ]; do sleep 0.05; done
  rm locked
  echo "$level"
  sql -c "BEGIN ISOLATION LEVEL $level" -c "WITH waited AS MATERIALIZED (SELECT pg_advisory_lock(1))
    SELECT conname::text, pg_get_constraintdef(oid), (SELECT string_agg(attname, ',') FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY (conkey))
      FROM waited, pg_constraint WHERE conname IN ('k', 'positive')
    UNION ALL SELECT relname, pg_get_indexdef(oid), NULL FROM waited, pg_class WHERE relname = 'i'
    UNION ALL SELECT relname, has_table_privilege(oid, 'SELECT')::text, NULL FROM waited, pg_class WHERE relname = 'gone'" -c COMMIT | sort
  wait
done 2>&1 | tee actual
cat > expected <<'X'
READ COMMITTED
gone | NULL | NULL
i | NULL | NULL
k | NULL | p_id
positive | CHECK ((amount > 0)) | n
REPEATABLE READ
gone | NULL | NULL
i | NULL | NULL
k | FOREIGN KEY (p_id) REFERENCES p(id) | p_id
positive | CHECK ((amount > 0)) | n
X
diff expected actual && echo "as described"
