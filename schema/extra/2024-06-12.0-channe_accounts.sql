-- Table channel_accounts: accounts that submit transactions for others, each locked while one of its transactions is under way. A checkpoint does not fill it.
-- The lock times are without time zone and the file's name is misspelt: both as wallet-backend had them.
-- Lock: none that others feel, the table is new. Run again: refused, the table exists.

-- +migrate Up

CREATE TABLE channel_accounts (
    public_key VARCHAR(64) PRIMARY KEY NOT NULL,
    encrypted_private_key VARCHAR(256) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    locked_at TIMESTAMP NULL,
    locked_until TIMESTAMP NULL
);

-- +migrate Down

DROP TABLE channel_accounts;
