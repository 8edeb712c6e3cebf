-- Table token_metadata_pending: contracts that live ingestion has seen for the first time and whose name, symbol and decimals nobody has
-- told yet. A row comes in the transaction of the contract's row in contract_tokens, and goes when the contract has answered.
-- Lock: none that others feel, the table is new. Run again: refused, the table exists.

-- +migrate Up

CREATE TABLE token_metadata_pending (
    contract_id TEXT NOT NULL,
    since_ledger BIGINT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    PRIMARY KEY (contract_id)
);

-- +migrate Down

DROP TABLE token_metadata_pending;
