-- Tables transactions and transactions_accounts: one row per transaction; one per transaction and account that takes part in it.
-- Plain tables with the keys and indexes of wallet-backend's hypertables of the same file name. Where TimescaleDB is installed this is refused.
-- The keys hold ledger_created_at, as a hypertable's must; ids alone are unique all the same.
-- Lock: none on other tables. Run again: refused, the tables exist.

-- +migrate Up

-- +migrate StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        RAISE EXCEPTION 'TimescaleDB is installed in this database: its history tables are hypertables. Run wallet-backend''s own migrate up, which makes them.';
    END IF;
END
$$;
-- +migrate StatementEnd

CREATE TABLE transactions (
    to_id BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    fee_charged BIGINT NOT NULL,
    result_code TEXT NOT NULL,
    ledger_number INTEGER NOT NULL,
    is_fee_bump BOOLEAN NOT NULL DEFAULT false,
    ingested_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    ledger_created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (to_id, ledger_created_at)
);

CREATE INDEX idx_transactions_hash ON transactions (hash);

CREATE TABLE transactions_accounts (
    tx_to_id BIGINT NOT NULL,
    account_id BYTEA NOT NULL,
    ledger_created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (account_id, ledger_created_at, tx_to_id)
);

CREATE INDEX idx_transactions_accounts_tx_to_id ON transactions_accounts (tx_to_id);

-- +migrate Down

DROP TABLE IF EXISTS transactions_accounts;

DROP TABLE IF EXISTS transactions;
