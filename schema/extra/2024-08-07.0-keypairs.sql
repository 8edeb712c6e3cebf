-- Table keypairs: encrypted keys of the distribution accounts. A checkpoint does not fill it.
-- Lock: none that others feel, the table is new. Run again: refused, the table exists.

-- +migrate Up

CREATE TABLE keypairs (
    public_key VARCHAR(64) PRIMARY KEY,
    encrypted_private_key BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

-- +migrate Down

DROP TABLE keypairs;
