-- Table trustline_assets: one row per asset that some trustline holds. The id is a UUID of version 5 made from CODE:ISSUER.
-- Lock: none that others feel, the table is new. Run again: refused, the table exists.
-- Down also drops the foreign keys that point here.

-- +migrate Up

CREATE TABLE trustline_assets (
    id UUID PRIMARY KEY,
    code TEXT NOT NULL,
    issuer TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    UNIQUE (code, issuer)
);

-- +migrate Down

DROP TABLE trustline_assets CASCADE;
