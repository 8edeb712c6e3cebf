-- Table sac_balances: what contracts hold in Stellar Asset Contract tokens. Accounts hold the same assets in trustlines, so only contract holders are here.
-- The balance is NUMERIC: a contract balance is a 128-bit number.
-- Storage parameters: as in trustline_balances.
-- Lock: SHARE ROW EXCLUSIVE on contract_tokens until COMMIT, for the foreign key. Run again: refused, the table exists.

-- +migrate Up

CREATE TABLE sac_balances (
    account_id BYTEA NOT NULL,
    contract_id UUID NOT NULL,
    balance NUMERIC NOT NULL DEFAULT 0,
    is_authorized BOOLEAN NOT NULL DEFAULT true,
    is_clawback_enabled BOOLEAN NOT NULL DEFAULT false,
    last_modified_ledger INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, contract_id),
    CONSTRAINT fk_contract_token
        FOREIGN KEY (contract_id) REFERENCES contract_tokens(id)
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

DROP TABLE IF EXISTS sac_balances;
