/* What each method of StellarQueries sends, with all that it can be asked for: cursor, range of times, filters; for tables in the schema public. $1, $2, …
   are the values; in psql: SELECT … \bind value … \g, or PREPARE. The search path is pg_catalog, pg_temp. The first line of each is its name in metrics
   and in pg_stat_activity; above it stands what its plan is meant to be. */

/* By the index on hash; in compressed chunks by its bloom filter. LIMIT ends the search with the first chunk that has it. */
-- transactions.get_by_hash
SELECT e.to_id, e.ledger_created_at, e.hash
FROM "public"."transactions" AS e
WHERE e.hash = $1
LIMIT 1
;

/* Whether chunks can be in the columnstore; asked again after a minute. If so, columnstore.edges (below) says which. */
-- timescale.extension
SELECT n.nspname::text, e.extversion::text,
  EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = n.oid AND p.proname = 'convert_to_columnstore')
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'timescaledb'
;

/* The primary key, which begins with the id, in its order: nothing is sorted. A later ledger never closes before an earlier one, so
   this is the order of (time, id) too; the bound on the time only keeps chunks closed. */
-- transactions.get_all
SELECT e.to_id, e.ledger_created_at, e.hash
FROM "public"."transactions" AS e
WHERE true AND e.to_id < $1 AND e.ledger_created_at <= $2 AND e.ledger_created_at >= $3 AND e.ledger_created_at <= $4
ORDER BY e.to_id DESC
LIMIT $5
;

/* A range of the primary key, in its order. The time is that of the cursor; without one, every chunk is looked at, as for a hash. */
-- transactions.by_ledger
SELECT e.to_id, e.ledger_created_at, e.hash
FROM "public"."transactions" AS e
WHERE e.to_id BETWEEN $1 AND $2 AND e.ledger_created_at = $3 AND e.to_id > $4
ORDER BY e.to_id ASC
LIMIT $5
;

/* The keys from the primary key of the links (account, time, id) in its order: nothing is sorted, no chunk outside the range is opened.
   One look-up by primary key for each; the server stops at the end of the page. Links without their row do not count. The ordered
   subquery and the inner LIMIT are the fences. */
-- transactions.by_account
SELECT e.to_id, e.ledger_created_at, e.hash
FROM (
    SELECT l.ledger_created_at, l.tx_to_id
    FROM "public"."transactions_accounts" AS l
    WHERE l.account_id = $1 AND l.ledger_created_at <= $2 AND (l.ledger_created_at < $2 OR (l.ledger_created_at = $2 AND l.tx_to_id < $3)) AND l.ledger_created_at >= $4 AND l.ledger_created_at <= $5
    ORDER BY l.ledger_created_at DESC, l.tx_to_id DESC
) AS l
CROSS JOIN LATERAL (
    SELECT * FROM "public"."transactions" AS e
    WHERE e.to_id = l.tx_to_id AND e.ledger_created_at = l.ledger_created_at
    LIMIT 1
) AS e
ORDER BY l.ledger_created_at DESC, l.tx_to_id DESC
LIMIT $6
;

-- transactions.by_account
SELECT e.to_id, e.ledger_created_at, e.hash
FROM (
    SELECT l.ledger_created_at, l.tx_to_id
    FROM "public"."transactions_accounts" AS l
    WHERE l.account_id = $1
    ORDER BY l.ledger_created_at ASC, l.tx_to_id ASC
) AS l
CROSS JOIN LATERAL (
    SELECT * FROM "public"."transactions" AS e
    WHERE e.to_id = l.tx_to_id AND e.ledger_created_at = l.ledger_created_at
    LIMIT 1
) AS e
ORDER BY l.ledger_created_at ASC, l.tx_to_id ASC
LIMIT $2
;

/* One look-up by primary key for each. OFFSET 0 keeps the planner from a hash join over all chunks; the times, where all are known,
   name the chunks. */
-- transactions.by_ids
SELECT i.id, e.to_id, e.ledger_created_at, e.hash
FROM UNNEST($1, $2) AS i(id, at)
CROSS JOIN LATERAL (
    SELECT * FROM "public"."transactions" AS e
    WHERE e.to_id = i.id AND e.ledger_created_at = i.at
    OFFSET 0
) AS e
;

/* The id of an operation without its lower 12 bits is that of its transaction (SEP-35), so the table of operations is not read. */
-- transactions.by_operation_ids
SELECT i.id, e.to_id, e.ledger_created_at, e.hash
FROM UNNEST($1, $2) AS i(id, at)
CROSS JOIN LATERAL (
    SELECT * FROM "public"."transactions" AS e
    WHERE e.to_id = i.id & ~x'FFF'::int8 AND e.ledger_created_at = i.at
    OFFSET 0
) AS e
;

-- transactions.by_operation_ids
SELECT i.id, e.to_id, e.ledger_created_at, e.hash
FROM UNNEST($1) AS i(id)
CROSS JOIN LATERAL (
    SELECT * FROM "public"."transactions" AS e
    WHERE e.to_id = i.id & ~x'FFF'::int8
    OFFSET 0
) AS e
;

/* One look-up by primary key. */
-- operations.get_by_id
SELECT i.id, e.id, e.ledger_created_at, e.operation_type
FROM UNNEST($1) AS i(id)
CROSS JOIN LATERAL (
    SELECT * FROM "public"."operations" AS e
    WHERE e.id = i.id
    OFFSET 0
) AS e
;

/* As transactions.by_account. */
-- operations.by_account
SELECT e.id, e.ledger_created_at, e.operation_type
FROM (
    SELECT l.ledger_created_at, l.operation_id
    FROM "public"."operations_accounts" AS l
    WHERE l.account_id = $1 AND l.ledger_created_at <= $2 AND (l.ledger_created_at < $2 OR (l.ledger_created_at = $2 AND l.operation_id < $3)) AND l.ledger_created_at >= $4 AND l.ledger_created_at <= $5
    ORDER BY l.ledger_created_at DESC, l.operation_id DESC
) AS l
CROSS JOIN LATERAL (
    SELECT * FROM "public"."operations" AS e
    WHERE e.id = l.operation_id AND e.ledger_created_at = l.ledger_created_at
    LIMIT 1
) AS e
ORDER BY l.ledger_created_at DESC, l.operation_id DESC
LIMIT $6
;

/* The ids between that of the transaction and that of the next one are its operations: a range of the primary key. */
-- operations.by_to_id
SELECT o.id, o.ledger_created_at, o.operation_type
FROM "public"."operations" AS o
WHERE o.id > $1 AND o.id < $1 + 4096 AND o.ledger_created_at = $2 AND o.id > $3
ORDER BY o.id ASC
LIMIT $4
;

/* The same for each of many, no further than its page: ROW_NUMBER() OVER (PARTITION BY …) would number all children of all first. */
-- operations.by_to_ids
SELECT o.id, o.ledger_created_at, o.operation_type
FROM UNNEST($1, $2) AS i(id, at)
CROSS JOIN LATERAL (
    SELECT * FROM "public"."operations" AS o
    WHERE o.id > i.id AND o.id < i.id + 4096 AND o.ledger_created_at = i.at
    ORDER BY o.id ASC
    LIMIT $3
) AS o
;

/* By the index on the event's id in the table of links. */
-- accounts.by_to_ids
SELECT i.id, l.account_id
FROM UNNEST($1, $2) AS i(id, at)
CROSS JOIN LATERAL (
    SELECT * FROM "public"."transactions_accounts" AS l
    WHERE l.tx_to_id = i.id AND l.ledger_created_at = i.at
    OFFSET 0
) AS l
;

/* As accounts.by_to_ids. */
-- accounts.by_operation_ids
SELECT i.id, l.account_id
FROM UNNEST($1, $2) AS i(id, at)
CROSS JOIN LATERAL (
    SELECT * FROM "public"."operations_accounts" AS l
    WHERE l.operation_id = i.id AND l.ledger_created_at = i.at
    OFFSET 0
) AS l
;

/* By the primary key. */
-- accounts.is_fee_bump_eligible
SELECT EXISTS (SELECT FROM "public"."channel_accounts" WHERE public_key = $1)
;

/* The primary key in its own order. */
-- state_changes.get_all
SELECT sc.ledger_created_at, sc.to_id, sc.operation_id, sc.state_change_id, sc.state_change_category
FROM "public"."state_changes" AS sc
WHERE true AND sc.ledger_created_at <= $1 AND (sc.ledger_created_at < $1 OR (sc.ledger_created_at = $1 AND sc.to_id < $2) OR (sc.ledger_created_at = $1 AND sc.to_id = $2 AND sc.operation_id < $3) OR (sc.ledger_created_at = $1 AND sc.to_id = $2 AND sc.operation_id = $3 AND sc.state_change_id < $4)) AND sc.ledger_created_at >= $5 AND sc.ledger_created_at <= $6
ORDER BY sc.ledger_created_at DESC, sc.to_id DESC, sc.operation_id DESC, sc.state_change_id DESC
LIMIT $7
;

/* The account's transactions in their order, and in each its changes by the primary key: the server stops with the page, and sorts
   inside a transaction only. With a category: by the index on account, category and reason, which has each kind in the order of time. */
-- state_changes.by_account
SELECT sc.ledger_created_at, sc.to_id, sc.operation_id, sc.state_change_id, sc.state_change_category
FROM (
    SELECT l.ledger_created_at, l.tx_to_id AS to_id
    FROM "public"."transactions_accounts" AS l
    WHERE l.account_id = $1 AND l.ledger_created_at <= $2 AND (l.ledger_created_at < $2 OR (l.ledger_created_at = $2 AND l.tx_to_id <= $3)) AND l.ledger_created_at >= $4 AND l.ledger_created_at <= $5
    ORDER BY l.ledger_created_at DESC, l.tx_to_id DESC
) AS l
CROSS JOIN LATERAL (
    SELECT * FROM "public"."state_changes" AS sc
    WHERE sc.ledger_created_at = l.ledger_created_at AND sc.to_id = l.to_id
      AND sc.account_id = $1 AND sc.ledger_created_at <= $6 AND (sc.ledger_created_at < $6 OR (sc.ledger_created_at = $6 AND sc.to_id < $7) OR (sc.ledger_created_at = $6 AND sc.to_id = $7 AND sc.operation_id < $8) OR (sc.ledger_created_at = $6 AND sc.to_id = $7 AND sc.operation_id = $8 AND sc.state_change_id < $9)) AND sc.ledger_created_at >= $10 AND sc.ledger_created_at <= $11
    OFFSET 0
) AS sc
ORDER BY l.ledger_created_at DESC, l.to_id DESC, sc.operation_id DESC, sc.state_change_id DESC
LIMIT $12
;

-- state_changes.by_account
SELECT sc.ledger_created_at, sc.to_id, sc.operation_id, sc.state_change_id, sc.state_change_category
FROM (
    SELECT t.ledger_created_at, t.to_id FROM "public"."transactions" AS t WHERE t.hash = $2 LIMIT 1
) AS l
CROSS JOIN LATERAL (
    SELECT * FROM "public"."state_changes" AS sc
    WHERE sc.ledger_created_at = l.ledger_created_at AND sc.to_id = l.to_id
      AND sc.account_id = $1 AND sc.operation_id = $9 AND sc.ledger_created_at <= $3 AND (sc.ledger_created_at < $3 OR (sc.ledger_created_at = $3 AND sc.to_id < $4) OR (sc.ledger_created_at = $3 AND sc.to_id = $4 AND sc.operation_id < $5) OR (sc.ledger_created_at = $3 AND sc.to_id = $4 AND sc.operation_id = $5 AND sc.state_change_id < $6)) AND sc.ledger_created_at >= $7 AND sc.ledger_created_at <= $8
    OFFSET 0
) AS sc
ORDER BY l.ledger_created_at DESC, l.to_id DESC, sc.operation_id DESC, sc.state_change_id DESC
LIMIT $10
;

-- state_changes.by_account
SELECT sc.ledger_created_at, sc.to_id, sc.operation_id, sc.state_change_id, sc.state_change_category
FROM UNNEST($10) AS r(reason)
CROSS JOIN LATERAL (
    SELECT * FROM "public"."state_changes" AS sc
    WHERE sc.account_id = $1 AND sc.state_change_category = $2
      AND sc.state_change_reason = r.reason AND sc.ledger_created_at <= $3 AND (sc.ledger_created_at < $3 OR (sc.ledger_created_at = $3 AND sc.to_id < $4) OR (sc.ledger_created_at = $3 AND sc.to_id = $4 AND sc.operation_id < $5) OR (sc.ledger_created_at = $3 AND sc.to_id = $4 AND sc.operation_id = $5 AND sc.state_change_id < $6)) AND sc.ledger_created_at >= $7 AND sc.ledger_created_at <= $8
    ORDER BY sc.ledger_created_at DESC, sc.to_id DESC, sc.operation_id DESC, sc.state_change_id DESC
    LIMIT $9
) AS sc
ORDER BY sc.ledger_created_at DESC, sc.to_id DESC, sc.operation_id DESC, sc.state_change_id DESC
LIMIT $9
;

-- state_changes.by_account
SELECT sc.ledger_created_at, sc.to_id, sc.operation_id, sc.state_change_id, sc.state_change_category
FROM "public"."state_changes" AS sc
WHERE sc.account_id = $1 AND sc.state_change_category = $2
  AND sc.state_change_reason = $10 AND sc.ledger_created_at <= $3 AND (sc.ledger_created_at < $3 OR (sc.ledger_created_at = $3 AND sc.to_id < $4) OR (sc.ledger_created_at = $3 AND sc.to_id = $4 AND sc.operation_id < $5) OR (sc.ledger_created_at = $3 AND sc.to_id = $4 AND sc.operation_id = $5 AND sc.state_change_id < $6)) AND sc.ledger_created_at >= $7 AND sc.ledger_created_at <= $8
ORDER BY sc.ledger_created_at DESC, sc.to_id DESC, sc.operation_id DESC, sc.state_change_id DESC
LIMIT $9
;

/* A range of the primary key, which begins with the time. Where the caller does not know it, the transaction does. */
-- state_changes.by_to_id
SELECT sc.ledger_created_at, sc.to_id, sc.operation_id, sc.state_change_id, sc.state_change_category
FROM "public"."state_changes" AS sc
WHERE sc.ledger_created_at = (SELECT t.ledger_created_at FROM "public"."transactions" AS t WHERE t.to_id = $1 LIMIT 1) AND sc.to_id = $1 AND sc.to_id >= $2 AND (sc.to_id > $2 OR (sc.to_id = $2 AND sc.operation_id > $3) OR (sc.to_id = $2 AND sc.operation_id = $3 AND sc.state_change_id > $4))
ORDER BY sc.to_id ASC, sc.operation_id ASC, sc.state_change_id ASC
LIMIT $5
;

/* The same for what belongs to no operation. */
-- state_changes.fees_by_to_id
SELECT sc.ledger_created_at, sc.to_id, sc.operation_id, sc.state_change_id, sc.state_change_category
FROM "public"."state_changes" AS sc
WHERE sc.ledger_created_at = $2 AND sc.to_id = $1 AND sc.operation_id = $3
ORDER BY sc.to_id ASC, sc.operation_id ASC, sc.state_change_id ASC
LIMIT $4
;

/* As state_changes.by_to_id. */
-- state_changes.by_operation_id
SELECT sc.ledger_created_at, sc.to_id, sc.operation_id, sc.state_change_id, sc.state_change_category
FROM "public"."state_changes" AS sc
WHERE sc.ledger_created_at = $2 AND sc.to_id = $1 AND sc.operation_id = $3 AND sc.to_id >= $4 AND (sc.to_id > $4 OR (sc.to_id = $4 AND sc.operation_id > $5) OR (sc.to_id = $4 AND sc.operation_id = $5 AND sc.state_change_id > $6))
ORDER BY sc.to_id ASC, sc.operation_id ASC, sc.state_change_id ASC
LIMIT $7
;

/* A range of the primary key for each parent, no further than its page. */
-- state_changes.by_to_ids
SELECT sc.ledger_created_at, sc.to_id, sc.operation_id, sc.state_change_id, sc.state_change_category
FROM UNNEST($1) AS i(id)
CROSS JOIN LATERAL (
    SELECT * FROM "public"."state_changes" AS sc
    WHERE sc.ledger_created_at = (SELECT t.ledger_created_at FROM "public"."transactions" AS t WHERE t.to_id = i.id LIMIT 1) AND sc.to_id = i.id
    ORDER BY sc.to_id ASC, sc.operation_id ASC, sc.state_change_id ASC
    LIMIT $2
) AS sc
;

/* As state_changes.by_to_ids. */
-- state_changes.by_operation_ids
SELECT sc.ledger_created_at, sc.to_id, sc.operation_id, sc.state_change_id, sc.state_change_category
FROM UNNEST($1, $2) AS i(id, at)
CROSS JOIN LATERAL (
    SELECT * FROM "public"."state_changes" AS sc
    WHERE sc.ledger_created_at = i.at AND sc.to_id = (i.id & ~x'FFF'::int8) AND sc.operation_id = i.id
    ORDER BY sc.to_id DESC, sc.operation_id DESC, sc.state_change_id DESC
    LIMIT $3
) AS sc
;

/* By the primary key. */
-- native_balances.by_account
SELECT account_id, balance, minimum_balance, buying_liabilities, selling_liabilities, num_subentries, last_modified_ledger
FROM "public"."native_balances"
WHERE account_id = $1
;

/* The primary key (owner, key) in its own order, no further than the page, then one look-up for each row: nothing is sorted. Without
   a place, for the beginning, the bound on the key is left out. */
-- trustline_balances.by_account
SELECT b.account_id, b.asset_id, p.code, p.issuer, b.balance, b.trust_limit, b.buying_liabilities, b.selling_liabilities, b.flags, b.last_modified_ledger
FROM (
    SELECT * FROM "public"."trustline_balances" AS b
    WHERE b.account_id = $1 AND b.asset_id > $2
    ORDER BY b.asset_id
    LIMIT $3
) AS b
LEFT JOIN LATERAL (
    SELECT * FROM "public"."trustline_assets" AS p
    WHERE p.id = b.asset_id
    OFFSET 0
) AS p ON true
ORDER BY b.asset_id
;

/* As trustline_balances.by_account. A pool that the tables do not hold is no reason to hide its shares. */
-- liquidity_pool_balances.by_account
SELECT b.account_id, b.pool_id, b.shares, b.last_modified_ledger, p.pool_id, p.asset_a, p.amount_a, p.asset_b, p.amount_b, p.last_modified_ledger
FROM (
    SELECT * FROM "public"."liquidity_pool_balances" AS b
    WHERE b.account_id = $1
    ORDER BY b.pool_id
    LIMIT $2
) AS b
LEFT JOIN LATERAL (
    SELECT * FROM "public"."liquidity_pools" AS p
    WHERE p.pool_id = b.pool_id
    OFFSET 0
) AS p ON true
ORDER BY b.pool_id
;

/* As trustline_balances.by_account. */
-- sac_balances.by_account
SELECT b.account_id, b.balance::text, b.is_authorized, b.is_clawback_enabled, b.last_modified_ledger, p.id, p.contract_id, p.type, p.code, p.issuer, p.name, p.symbol, p.decimals
FROM (
    SELECT * FROM "public"."sac_balances" AS b
    WHERE b.account_id = $1
    ORDER BY b.contract_id
    LIMIT $2
) AS b
LEFT JOIN LATERAL (
    SELECT * FROM "public"."contract_tokens" AS p
    WHERE p.id = b.contract_id
    OFFSET 0
) AS p ON true
ORDER BY b.contract_id
;

/* As trustline_balances.by_account. */
-- sep41_balances.by_account
SELECT b.account_id, b.balance::text, b.last_modified_ledger, p.id, p.contract_id, p.type, p.code, p.issuer, p.name, p.symbol, p.decimals
FROM (
    SELECT * FROM "public"."sep41_balances" AS b
    WHERE b.account_id = $1
    ORDER BY b.contract_id
    LIMIT $2
) AS b
LEFT JOIN LATERAL (
    SELECT * FROM "public"."contract_tokens" AS p
    WHERE p.id = b.contract_id
    OFFSET 0
) AS p ON true
ORDER BY b.contract_id
;

/* The primary key in its order. The newest ledger is read in the same statement, so in the same snapshot. */
-- sep41_allowances.by_owner
SELECT b.owner_id, b.spender_id, b.contract_id, b.amount::text, b.expiration_ledger, b.last_modified_ledger, n.value,
  p.id, p.contract_id, p.type, p.code, p.issuer, p.name, p.symbol, p.decimals
FROM (
    SELECT * FROM "public"."sep41_allowances" AS b
    WHERE b.owner_id = $1 AND b.spender_id >= $2 AND (b.spender_id > $2 OR (b.spender_id = $2 AND b.contract_id > $3))
        AND b.expiration_ledger >= coalesce((SELECT CASE WHEN s.value ~ '^(0|[1-9][0-9]{0,9})$' THEN nullif(LEAST(s.value::int8, 4294967296), 4294967296) END
          FROM "public"."ingest_store" AS s WHERE s.key = 'latest_ingest_ledger'), 0)
    ORDER BY b.spender_id ASC, b.contract_id ASC
    LIMIT $4
) AS b
LEFT JOIN "public"."ingest_store" AS n ON n.key = 'latest_ingest_ledger'
LEFT JOIN LATERAL (
    SELECT * FROM "public"."contract_tokens" AS p
    WHERE p.id = b.contract_id
    OFFSET 0
) AS p ON true
ORDER BY b.spender_id ASC, b.contract_id ASC
;

/* As trustline_balances.by_account. */
-- account_contract_tokens.by_account
SELECT p.id, p.contract_id, p.type, p.code, p.issuer, p.name, p.symbol, p.decimals
FROM (
    SELECT * FROM "public"."account_contract_tokens" AS b
    WHERE b.account_address = $1
    ORDER BY b.contract_id
    LIMIT $2
) AS b
LEFT JOIN LATERAL (
    SELECT * FROM "public"."contract_tokens" AS p
    WHERE p.id = b.contract_id
    OFFSET 0
) AS p ON true
ORDER BY b.contract_id
;

/* By the unique index on contract_id. */
-- contract_tokens.get_existing
SELECT p.id, p.contract_id, p.type, p.code, p.issuer, p.name, p.symbol, p.decimals FROM "public"."contract_tokens" AS p WHERE p.contract_id = ANY ($1)
;

/* No index has the asset: all rows, some ten thousand, are read. For people. */
-- contract_tokens.by_asset
SELECT p.id, p.contract_id, p.type, p.code, p.issuer, p.name, p.symbol, p.decimals FROM "public"."contract_tokens" AS p WHERE p.code = $1 AND p.issuer = $2 LIMIT 1
;

/* By the unique index on (code, issuer). */
-- trustline_assets.get
SELECT id FROM "public"."trustline_assets" WHERE code = $1 AND issuer = $2
;

/* No index begins with the asset: all rows are read. For people. */
-- trustline_balances.totals
SELECT count(*), coalesce(sum(balance), 0)::text, count(*) FILTER (WHERE balance > 0)
FROM "public"."trustline_balances" WHERE asset_id = $1
;

/* By the primary key. */
-- liquidity_pools.by_ids
SELECT p.pool_id, p.asset_a, p.amount_a, p.asset_b, p.amount_b, p.last_modified_ledger
FROM "public"."liquidity_pools" AS p
WHERE p.pool_id = ANY ($1)
;

/* By the primary key, as all of ingest_store. */
-- ingest_store.get
SELECT value FROM "public"."ingest_store" WHERE key = $1
;

/* Several at once. */
-- ingest_store.get_several
SELECT key, value FROM "public"."ingest_store" WHERE key = ANY ($1)
;

/* Whether the cursor is there or not. */
-- ingest_store.set
INSERT INTO "public"."ingest_store" (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value
;

/* No row back: the cursor is elsewhere or missing. */
-- ingest_store.update_guarded
UPDATE "public"."ingest_store" SET value = $2 WHERE key = $1 AND value = ANY ($3) RETURNING 1
;

/* The same; a row of another kind, which belongs to the cursor, is written if the cursor was moved. */
-- ingest_store.update_guarded_with
WITH moved AS (UPDATE "public"."ingest_store" SET value = $2 WHERE key = $1 AND value = ANY ($3) RETURNING 1),
noted AS (
  INSERT INTO "public"."ingest_store" (key, value) SELECT $4, $5 FROM moved
  ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value)
SELECT 1 FROM moved
;

/* As a number: as text, "99" would be above "100". What is not a ledger stays. */
-- ingest_store.update_min
UPDATE "public"."ingest_store"
SET value = CASE WHEN $2 < CASE WHEN value ~ '^(0|[1-9][0-9]{0,9})$' THEN nullif(LEAST(value::int8, 4294967296), 4294967296) END THEN $2::text ELSE value END
WHERE key = $1 RETURNING value
;

/* Whether it was swapped, and whether the row is there at all. */
-- ingest_store.compare_and_swap
WITH swapped AS (UPDATE "public"."ingest_store" SET value = $3 WHERE key = $1 AND value = $2 RETURNING 1)
SELECT EXISTS (SELECT FROM swapped), EXISTS (SELECT FROM "public"."ingest_store" WHERE key = $1)
;

/* A transaction's id holds its ledger in the upper half, so the primary key gives the ledgers of the range. The row behind the range
   makes the ledgers behind the last transaction a gap like the others. */
-- ingest_store.gaps
SELECT before + 1, ledger - 1
FROM (
    SELECT ledger, LAG(ledger, 1, $1 - 1) OVER (ORDER BY ledger) AS before
    FROM (
        SELECT DISTINCT to_id >> 32 AS ledger FROM "public"."transactions" WHERE to_id >= $1 << 32 AND to_id <= ($2 << 32) +
          4294967295
        UNION ALL SELECT $2 + 1
    ) AS present
) AS pairs
WHERE ledger > before + 1
ORDER BY ledger
;

/* Which tables are there. */
-- catalogue.tables
SELECT c.relname::text FROM pg_class AS c WHERE c.relnamespace = '"public"'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
;

/* Texts for rows in TimescaleDB's columnstore. Up to which time each table has compressed chunks; asked again after a minute. */
-- columnstore.edges
SELECT hypertable_name::text, max(range_end) FROM timescaledb_information.chunks
WHERE is_compressed AND hypertable_schema = (SELECT nspname FROM pg_namespace WHERE oid = '"public"'::regnamespace) GROUP BY 1
;

/* In the order of the columnstore's batches. By the id alone, all batches of a chunk would be sorted. */
-- transactions.get_all.columnstore
SELECT e.to_id, e.ledger_created_at, e.hash
FROM "public"."transactions" AS e
WHERE true AND e.ledger_created_at <= $1 AND (e.ledger_created_at < $1 OR (e.ledger_created_at = $1 AND e.to_id < $2)) AND e.ledger_created_at >= $3 AND e.ledger_created_at <= $4
ORDER BY e.ledger_created_at DESC, e.to_id DESC
LIMIT $5
;

/* The account's segment of each chunk, whose batches are in the order of the page. */
-- state_changes.by_account.columnstore
SELECT sc.ledger_created_at, sc.to_id, sc.operation_id, sc.state_change_id, sc.state_change_category
FROM "public"."state_changes" AS sc
WHERE sc.account_id = $1 AND sc.ledger_created_at <= $2 AND (sc.ledger_created_at < $2 OR (sc.ledger_created_at = $2 AND sc.to_id < $3) OR (sc.ledger_created_at = $2 AND sc.to_id = $3 AND sc.operation_id < $4) OR (sc.ledger_created_at = $2 AND sc.to_id = $3 AND sc.operation_id = $4 AND sc.state_change_id < $5)) AND sc.ledger_created_at >= $6 AND sc.ledger_created_at <= $7
ORDER BY sc.ledger_created_at DESC, sc.to_id DESC, sc.operation_id DESC, sc.state_change_id DESC
LIMIT $8
;

/* One scan of the chunks between the times, for all parents: a look-up for each would read the metadata of all batches each time. MATERIALIZED keeps it one. */
-- state_changes.by_to_ids.columnstore
WITH sc AS MATERIALIZED (
    SELECT sc.ledger_created_at, sc.to_id, sc.operation_id, sc.state_change_id, sc.state_change_category FROM "public"."state_changes" AS sc
    WHERE sc.ledger_created_at BETWEEN $4 AND $5 AND sc.ledger_created_at = ANY ($2) AND sc.to_id = ANY ($3)
)
SELECT sc.ledger_created_at, sc.to_id, sc.operation_id, sc.state_change_id, sc.state_change_category
FROM (
    SELECT sc.*, ROW_NUMBER() OVER (PARTITION BY i.id ORDER BY sc.to_id ASC, sc.operation_id ASC, sc.state_change_id ASC) AS
      place
    FROM UNNEST($1, $2) AS i(id, at)
    JOIN sc ON sc.ledger_created_at = i.at AND sc.to_id = i.id
) AS sc
WHERE sc.place <= $6
;

/* As state_changes.by_to_ids.columnstore. */
-- state_changes.by_operation_ids.columnstore
WITH sc AS MATERIALIZED (
    SELECT sc.ledger_created_at, sc.to_id, sc.operation_id, sc.state_change_id, sc.state_change_category FROM "public"."state_changes" AS sc
    WHERE sc.ledger_created_at BETWEEN $4 AND $5 AND sc.ledger_created_at = ANY ($2) AND sc.to_id = ANY ($3)
)
SELECT sc.ledger_created_at, sc.to_id, sc.operation_id, sc.state_change_id, sc.state_change_category
FROM (
    SELECT sc.*, ROW_NUMBER() OVER (PARTITION BY i.id ORDER BY sc.to_id DESC, sc.operation_id DESC, sc.state_change_id DESC) AS
      place
    FROM UNNEST($1, $2) AS i(id, at)
    JOIN sc ON sc.ledger_created_at = i.at AND sc.to_id = (i.id & ~x'FFF'::int8) AND sc.operation_id = i.id
) AS sc
WHERE sc.place <= $6
;

/* As state_changes.by_to_ids.columnstore. */
-- accounts.by_to_ids.columnstore
WITH l AS MATERIALIZED (
    SELECT l.account_id, l.ledger_created_at, l.tx_to_id FROM "public"."transactions_accounts" AS l
    WHERE l.ledger_created_at BETWEEN $3 AND $4 AND l.ledger_created_at = ANY ($2) AND l.tx_to_id = ANY ($1)
)
SELECT i.id, l.account_id
FROM UNNEST($1, $2) AS i(id, at)
JOIN l ON l.tx_to_id = i.id AND l.ledger_created_at = i.at
;

/* As state_changes.by_to_ids.columnstore. */
-- accounts.by_operation_ids.columnstore
WITH l AS MATERIALIZED (
    SELECT l.account_id, l.ledger_created_at, l.operation_id FROM "public"."operations_accounts" AS l
    WHERE l.ledger_created_at BETWEEN $3 AND $4 AND l.ledger_created_at = ANY ($2) AND l.operation_id = ANY ($1)
)
SELECT i.id, l.account_id
FROM UNNEST($1, $2) AS i(id, at)
JOIN l ON l.operation_id = i.id AND l.ledger_created_at = i.at
;
