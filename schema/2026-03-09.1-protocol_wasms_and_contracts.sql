-- Tables protocol_wasms (contract code, by hash; the protocol is filled in when the code has been classified) and protocol_contracts (which contract runs which code).
-- These two foreign keys are checked row by row, not at COMMIT: code comes before the contracts that run it.
-- Lock: SHARE ROW EXCLUSIVE on protocols until COMMIT, for the foreign key. Run again: refused, the tables exist.

-- +migrate Up

CREATE TABLE protocol_wasms (
    wasm_hash BYTEA PRIMARY KEY,
    protocol_id TEXT REFERENCES protocols(id),
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE TABLE protocol_contracts (
    contract_id BYTEA PRIMARY KEY,
    wasm_hash BYTEA NOT NULL REFERENCES protocol_wasms(wasm_hash),
    name TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE INDEX idx_protocol_wasms_protocol_id ON protocol_wasms (protocol_id);
CREATE INDEX idx_protocol_contracts_wasm_hash ON protocol_contracts (wasm_hash);

-- +migrate Down

DROP TABLE IF EXISTS protocol_contracts;
DROP TABLE IF EXISTS protocol_wasms;
