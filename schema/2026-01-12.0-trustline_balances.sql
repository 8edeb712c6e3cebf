-- Table trustline_balances: the state of each trustline, one row per account and asset. Amounts are in stroops (1/10,000,000).
-- The foreign key is checked at COMMIT, so a transaction may write balances before their assets.
-- Storage: a tenth of each page stays free so that an update of unindexed columns stays on its page (HOT); autovacuum comes at 2 % dead and 1 % changed rows, and does not pause.
-- Lock: SHARE ROW EXCLUSIVE on trustline_assets until COMMIT, for the foreign key. Run again: refused, the table exists.

-- +migrate Up

CREATE TABLE trustline_balances (
    account_id BYTEA NOT NULL,
    asset_id UUID NOT NULL,
    balance BIGINT NOT NULL DEFAULT 0,
    trust_limit BIGINT NOT NULL DEFAULT 0,
    buying_liabilities BIGINT NOT NULL DEFAULT 0,
    selling_liabilities BIGINT NOT NULL DEFAULT 0,
    flags INTEGER NOT NULL DEFAULT 0,
    last_modified_ledger BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, asset_id),
    CONSTRAINT fk_trustline_asset
        FOREIGN KEY (asset_id) REFERENCES trustline_assets(id)
        DEFERRABLE INITIALLY DEFERRED
) WITH (
    fillfactor = 90,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 50,
    autovacuum_analyze_scale_factor = 0.01,
    autovacuum_analyze_threshold = 50,
    autovacuum_vacuum_cost_delay = 0
);

-- +migrate Down

DROP TABLE IF EXISTS trustline_balances;
