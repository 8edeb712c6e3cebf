-- Table liquidity_pools: the reserves of each constant-product pool. Assets are written "native" or "CODE:ISSUER", pool ids in hexadecimal.
-- Storage: a fifth of each page stays free, twice as much as elsewhere, because every trade changes its pool's row; the rest as in trustline_balances.
-- Lock: none that others feel, the table is new. Run again: refused, the table exists.

-- +migrate Up

CREATE TABLE liquidity_pools (
    pool_id TEXT PRIMARY KEY,
    asset_a TEXT NOT NULL,
    amount_a BIGINT NOT NULL DEFAULT 0,
    asset_b TEXT NOT NULL,
    amount_b BIGINT NOT NULL DEFAULT 0,
    last_modified_ledger BIGINT NOT NULL DEFAULT 0
) WITH (
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 50,
    autovacuum_analyze_scale_factor = 0.01,
    autovacuum_analyze_threshold = 50,
    autovacuum_vacuum_cost_delay = 0
);

-- +migrate Down

DROP TABLE IF EXISTS liquidity_pools;
