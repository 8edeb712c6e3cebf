-- Tables backfill_batches and backfill_leases: which past ledgers are in the history tables, and which are being loaded.
-- A row of backfill_batches is written in the transaction of the rows that it speaks of: both are there, or neither is.
-- Lock: none that others feel, the tables are new. Run again: refused, the tables exist.

-- +migrate Up

-- Ledgers that are in the history tables: origin 'loaded' by a batch that was proved, or 'found' there, written by another program.
CREATE TABLE backfill_batches (
    first_ledger INTEGER NOT NULL CHECK (first_ledger > 0),
    last_ledger INTEGER NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('loaded', 'found')),
    previous_hash BYTEA CHECK (octet_length(previous_hash) = 32),
    first_hash BYTEA CHECK (octet_length(first_hash) = 32),
    last_hash BYTEA CHECK (octet_length(last_hash) = 32),
    transactions BIGINT NOT NULL,
    transactions_accounts BIGINT NOT NULL,
    operations BIGINT NOT NULL,
    operations_accounts BIGINT NOT NULL,
    state_changes BIGINT NOT NULL,
    rests_on TEXT NOT NULL,
    program_version TEXT NOT NULL,
    committed_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    PRIMARY KEY (first_ledger),
    CHECK (last_ledger >= first_ledger),
    CHECK (origin = 'found' OR (previous_hash IS NOT NULL AND first_hash IS NOT NULL AND last_hash IS NOT NULL)),
    CONSTRAINT backfill_batches_overlap EXCLUDE USING gist (int8range(first_ledger, last_ledger, '[]') WITH &&)
);

CREATE INDEX idx_backfill_batches_last_ledger ON backfill_batches (last_ledger);

-- Ledgers that are to be loaded. Without owner, or after expires_at, anybody may take them: the row then becomes another one, with another
-- fence, and a batch commits only under the fence that it was taken with.
CREATE TABLE backfill_leases (
    first_ledger INTEGER NOT NULL CHECK (first_ledger > 0),
    last_ledger INTEGER NOT NULL CHECK (last_ledger >= first_ledger),
    replaces BOOLEAN NOT NULL,
    owner TEXT,
    fence BIGINT GENERATED ALWAYS AS IDENTITY,
    expires_at TIMESTAMPTZ,
    PRIMARY KEY (first_ledger)
);

-- +migrate Down

DROP TABLE backfill_leases;

DROP TABLE backfill_batches;
