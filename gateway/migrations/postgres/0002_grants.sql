-- Trial accounts that were granted in the last hour, by whom they were asked for. No longer than that.
CREATE TABLE infrai_gateway.grants (
    client text COLLATE "C" NOT NULL,
    at     timestamptz NOT NULL
);
CREATE INDEX grants_by_time ON infrai_gateway.grants (at);
CREATE INDEX grants_by_client ON infrai_gateway.grants (client, at);
