-- Table sep41_allowances: how much of an owner's SEP-41 tokens a spender may move, until which ledger. A checkpoint does not fill it.
-- The index serves the removal of expired rows. Storage parameters: as in trustline_balances.
-- Lock: SHARE ROW EXCLUSIVE on contract_tokens until COMMIT, for the foreign key. Run again: refused, the table exists.

-- +migrate Up

CREATE TABLE sep41_allowances (
    owner_id BYTEA NOT NULL,
    spender_id BYTEA NOT NULL,
    contract_id UUID NOT NULL,
    amount NUMERIC NOT NULL DEFAULT 0,
    expiration_ledger INTEGER NOT NULL DEFAULT 0,
    last_modified_ledger INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (owner_id, spender_id, contract_id),
    CONSTRAINT fk_sep41_allowance_contract_token
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

CREATE INDEX idx_sep41_allowances_expiration_ledger ON sep41_allowances (expiration_ledger);

-- +migrate Down

DROP TABLE IF EXISTS sep41_allowances;
