-- Column channel_accounts.locked_tx_hash: the transaction that holds the lock, with an index to find the account by it.
-- Lock: ACCESS EXCLUSIVE on channel_accounts until COMMIT, short: the column has no default and the table is small. Run again: refused, the column exists.

-- +migrate Up

ALTER TABLE channel_accounts ADD COLUMN locked_tx_hash VARCHAR(64);
CREATE INDEX idx_locked_tx_hash ON channel_accounts (locked_tx_hash);

-- +migrate Down

DROP INDEX IF EXISTS idx_locked_tx_hash;
ALTER TABLE channel_accounts DROP COLUMN locked_tx_hash;
