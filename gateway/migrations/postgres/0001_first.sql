-- Texts that are put in order, or looked up, compare by their bytes.

CREATE TABLE infrai_gateway.accounts (
    id          text COLLATE "C" PRIMARY KEY,
    name        text COLLATE "C" NOT NULL,
    created_at  timestamptz NOT NULL,
    trial       boolean NOT NULL,
    expires_at  timestamptz,
    max_buckets bigint,
    max_bytes   bigint
);
CREATE UNIQUE INDEX accounts_by_name ON infrai_gateway.accounts (name) WHERE NOT trial;
CREATE INDEX accounts_by_end ON infrai_gateway.accounts (expires_at) WHERE trial;

CREATE TABLE infrai_gateway.keys (
    id         text COLLATE "C" PRIMARY KEY,
    account    text COLLATE "C" NOT NULL REFERENCES infrai_gateway.accounts (id) ON DELETE CASCADE,
    name       text NOT NULL,
    hint       text NOT NULL,
    hash       bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX keys_by_account ON infrai_gateway.keys (account);

-- An account with buckets can't be removed: their vendors still have them.
CREATE TABLE infrai_gateway.buckets (
    account         text COLLATE "C" NOT NULL REFERENCES infrai_gateway.accounts (id),
    name            text COLLATE "C" NOT NULL,
    physical        text COLLATE "C" NOT NULL UNIQUE,
    vendor          text NOT NULL,
    region          text NOT NULL,
    access          text CHECK (access IN ('private', 'public')),
    created_at      timestamptz NOT NULL,
    reason          text NOT NULL,
    idempotency_key text,
    ready           boolean NOT NULL,
    PRIMARY KEY (account, name)
);
CREATE INDEX plans ON infrai_gateway.buckets (created_at) WHERE NOT ready;

-- Without a status the request runs, and `until` is the end of its lease; with one it is the end of the answer.
CREATE TABLE infrai_gateway.answers (
    account     text COLLATE "C" NOT NULL REFERENCES infrai_gateway.accounts (id) ON DELETE CASCADE,
    key         text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    token       text NOT NULL,
    until       timestamptz NOT NULL,
    status      integer,
    body        bytea,
    PRIMARY KEY (account, key)
);
CREATE INDEX answers_by_end ON infrai_gateway.answers (until);

-- Written to find out whether anything can be written.
CREATE TABLE infrai_gateway.probe (
    id    integer PRIMARY KEY CHECK (id = 1),
    count bigint NOT NULL
);
INSERT INTO infrai_gateway.probe (id, count) VALUES (1, 0);
