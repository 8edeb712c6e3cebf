-- Table contract_tokens: one row per token contract, known by its C… address. The id is a UUID of version 5 made from that address, so every loader computes the same one.
-- Lock: none that others feel, the table is new. Run again: refused, the table exists.
-- Down also drops the foreign keys that point here.

-- +migrate Up

CREATE TABLE contract_tokens (
    id UUID PRIMARY KEY,
    contract_id TEXT UNIQUE NOT NULL,
    type TEXT NOT NULL,
    code TEXT NULL,
    issuer TEXT NULL,
    name TEXT NULL,
    symbol TEXT NULL,
    decimals INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE TRIGGER contract_tokens_set_updated_at
    BEFORE UPDATE ON contract_tokens
    FOR EACH ROW EXECUTE PROCEDURE refresh_updated_at_column();

-- +migrate Down

DROP TABLE contract_tokens CASCADE;
