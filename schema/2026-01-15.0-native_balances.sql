-- Table native_balances: what each account holds in lumens, in stroops, with the minimum that it must keep and its number of subentries.
-- Storage parameters: as in trustline_balances.
-- Lock: none that others feel, the table is new. Run again: refused, the table exists.

-- +migrate Up

CREATE TABLE native_balances (
    account_id BYTEA PRIMARY KEY,
    balance BIGINT NOT NULL DEFAULT 0,
    minimum_balance BIGINT NOT NULL DEFAULT 0,
    buying_liabilities BIGINT NOT NULL DEFAULT 0,
    selling_liabilities BIGINT NOT NULL DEFAULT 0,
    num_subentries INTEGER NOT NULL DEFAULT 0,
    last_modified_ledger BIGINT NOT NULL DEFAULT 0
) WITH (
    fillfactor = 90,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 50,
    autovacuum_analyze_scale_factor = 0.01,
    autovacuum_analyze_threshold = 50,
    autovacuum_vacuum_cost_delay = 0
);

-- +migrate Down

DROP TABLE IF EXISTS native_balances;
