-- Trial accounts that were granted in the last hour, by whom they were asked for. No longer than that.
CREATE TABLE grants (
    client TEXT NOT NULL,
    at     INTEGER NOT NULL
) STRICT;
CREATE INDEX grants_by_time ON grants (at);
CREATE INDEX grants_by_client ON grants (client, at);
