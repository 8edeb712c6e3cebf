-- Table liquidity_pool_balances: the pool shares of each account, from its pool-share trustlines. There is no foreign key to liquidity_pools.
-- Storage parameters: as in trustline_balances.
-- Lock: none that others feel, the table is new. Run again: refused, the table exists.

-- +migrate Up

CREATE TABLE liquidity_pool_balances (
    account_id BYTEA NOT NULL,
    pool_id TEXT NOT NULL,
    shares BIGINT NOT NULL DEFAULT 0,
    last_modified_ledger BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, pool_id)
) WITH (
    fillfactor = 90,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 50,
    autovacuum_analyze_scale_factor = 0.01,
    autovacuum_analyze_threshold = 50,
    autovacuum_vacuum_cost_delay = 0
);

-- +migrate Down

DROP TABLE IF EXISTS liquidity_pool_balances;
