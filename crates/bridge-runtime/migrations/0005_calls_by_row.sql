-- Calls lie in a table with row ids: their states are as long as a page, and a tree that keeps such rows within itself, in
-- the order of random keys, is deep, so that each event read a dozen pages.

CREATE TABLE calls_new (
    row       INTEGER PRIMARY KEY NOT NULL,
    key       TEXT NOT NULL UNIQUE,
    started   INTEGER NOT NULL,
    updated   INTEGER NOT NULL,
    phase     TEXT NOT NULL,
    caller    TEXT,
    pbx_group TEXT,
    agent     TEXT,
    ticket    INTEGER,
    requester INTEGER,
    outcome   TEXT NOT NULL,
    awaits    INTEGER NOT NULL DEFAULT 0,
    state     TEXT NOT NULL
) STRICT;

INSERT INTO calls_new (key, started, updated, phase, caller, pbx_group, agent, ticket, requester, outcome, awaits, state)
    SELECT key, started, updated, phase, caller, pbx_group, agent, ticket, requester, outcome, awaits, state
    FROM calls ORDER BY started, key;

DROP TABLE calls;
ALTER TABLE calls_new RENAME TO calls;

CREATE INDEX calls_by_start ON calls (started DESC);
CREATE INDEX calls_by_phase ON calls (phase, updated);
CREATE INDEX calls_awaiting ON calls (started) WHERE awaits = 1;
