-- Times are microseconds since 1970, UTC. Texts compare by their bytes.

CREATE TABLE accounts (
    id          TEXT PRIMARY KEY NOT NULL,
    name        TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    trial       INTEGER NOT NULL CHECK (trial IN (0, 1)),
    expires_at  INTEGER,
    max_buckets INTEGER,
    max_bytes   INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX accounts_by_name ON accounts (name) WHERE trial = 0;
CREATE INDEX accounts_by_end ON accounts (expires_at) WHERE trial = 1;

CREATE TABLE keys (
    id         TEXT PRIMARY KEY NOT NULL,
    account    TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    hint       TEXT NOT NULL,
    hash       BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX keys_by_account ON keys (account);

-- An account with buckets can't be removed: their vendors still have them.
CREATE TABLE buckets (
    account         TEXT NOT NULL REFERENCES accounts (id),
    name            TEXT NOT NULL,
    physical        TEXT NOT NULL UNIQUE,
    vendor          TEXT NOT NULL,
    region          TEXT NOT NULL,
    access          TEXT CHECK (access IN ('private', 'public')),
    created_at      INTEGER NOT NULL,
    reason          TEXT NOT NULL,
    idempotency_key TEXT,
    ready           INTEGER NOT NULL CHECK (ready IN (0, 1)),
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX plans ON buckets (created_at) WHERE ready = 0;

-- Without a status the request runs, and `until` is the end of its lease; with one it is the end of the answer.
CREATE TABLE answers (
    account     TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    key         TEXT NOT NULL,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    token       TEXT NOT NULL,
    until       INTEGER NOT NULL,
    status      INTEGER,
    body        BLOB,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX answers_by_end ON answers (until);

-- Written to find out whether anything can be written.
CREATE TABLE probe (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    count INTEGER NOT NULL
) STRICT;
INSERT INTO probe (id, count) VALUES (1, 0);
