#!/usr/bin/env bash
# PostgreSQL 13 to 17 from local packages (seen with 15.20), stock settings but for DateStyle and TimeZone of a session. By its release notes, 18 looks
# for an abbreviation in the zone of the session first; that was not tried.
#
# The bounds of a partition are stored as values, and pg_get_expr(relpartbound, oid) prints them by the DateStyle of the session. Under the styles
# SQL, Postgres and German a time is printed with the abbreviation of its zone, and an abbreviation is not the zone: Asia/Kolkata prints IST, which
# PostgreSQL reads as Israel's (+02), in the very session that printed it. So text that the server has just printed comes back 3.5 hours later,
# without an error or a warning. The same happens with Asia/Shanghai (CST, read as -06: 14 hours) and Asia/Manila (PST, read as -08: 16 hours).
# A program that finds the next partition's place by reading bounds makes partitions that begin in the middle of the day, and where they overlap the
# next one is refused; one that looks whether a time has a partition already says no. With DateStyle ISO, which a server has by default, nothing is
# lost. pg_dump is not affected, because it sets the style itself. The way out: SET LOCAL datestyle = ISO in the same transaction before bounds are
# read, or set_config in a subquery that is certain to run first.
set -euo pipefail
work=$(mktemp -d); chmod 755 "$work"; cd "$work"
bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -1 || command -v initdb)")
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }
mkdir data sock; [ "$(id -u)" = 0 ] && chown 65534:65534 data sock
trap 'as "$bin/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
as "$bin/initdb" -D data -U postgres -A trust -E UTF8 --locale=C >/dev/null
as "$bin/pg_ctl" -D data -w -l "$work/data/log" -o "-c listen_addresses='' -k $work/sock" start >/dev/null
sql() { "$bin/psql" -h "$work/sock" -U postgres -d postgres -XqAt -F ' | ' -v ON_ERROR_STOP=1 "$@"; }

sql -c "CREATE TABLE t (at timestamptz) PARTITION BY RANGE (at)" \
  -c "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM ('2026-11-28 00:00+00') TO ('2026-11-29 00:00+00')"
for style in ISO 'SQL, DMY' German 'Postgres, DMY'; do
  for zone in UTC Asia/Kolkata Asia/Shanghai Asia/Manila; do
    sql -c "SET datestyle = '$style'" -c "SET timezone = '$zone'" -c "
      SELECT '$style', '$zone', printed, extract(epoch FROM printed::timestamptz - '2026-11-28 00:00+00'::timestamptz) / 3600 || ' h'
      FROM (SELECT (regexp_match(pg_get_expr(relpartbound, oid), 'FROM \(''([^'']*)''\)'))[1] AS printed FROM pg_class WHERE relname = 't1') b"
  done
done | sed -E 's/([0-9]\.[0-9])0+ h/\1 h/; s/ ([0-9]+)\.0+ h/ \1 h/' | tee actual
cat > expected <<'X'
ISO | UTC | 2026-11-28 00:00:00+00 | 0 h
ISO | Asia/Kolkata | 2026-11-28 05:30:00+05:30 | 0 h
ISO | Asia/Shanghai | 2026-11-28 08:00:00+08 | 0 h
ISO | Asia/Manila | 2026-11-28 08:00:00+08 | 0 h
SQL, DMY | UTC | 28/11/2026 00:00:00 UTC | 0 h
SQL, DMY | Asia/Kolkata | 28/11/2026 05:30:00 IST | 3.5 h
SQL, DMY | Asia/Shanghai | 28/11/2026 08:00:00 CST | 14 h
SQL, DMY | Asia/Manila | 28/11/2026 08:00:00 PST | 16 h
German | UTC | 28.11.2026 00:00:00 UTC | 0 h
German | Asia/Kolkata | 28.11.2026 05:30:00 IST | 3.5 h
German | Asia/Shanghai | 28.11.2026 08:00:00 CST | 14 h
German | Asia/Manila | 28.11.2026 08:00:00 PST | 16 h
Postgres, DMY | UTC | Sat 28 Nov 00:00:00 2026 UTC | 0 h
Postgres, DMY | Asia/Kolkata | Sat 28 Nov 05:30:00 2026 IST | 3.5 h
Postgres, DMY | Asia/Shanghai | Sat 28 Nov 08:00:00 2026 CST | 14 h
Postgres, DMY | Asia/Manila | Sat 28 Nov 08:00:00 2026 PST | 16 h
X
diff expected actual && echo "as described"
