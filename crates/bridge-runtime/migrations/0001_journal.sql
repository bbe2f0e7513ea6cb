-- The journal of one bridge. Moments are microseconds since 1970-01-01 UTC.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE calls (
    key       TEXT PRIMARY KEY NOT NULL,
    started   INTEGER NOT NULL,
    updated   INTEGER NOT NULL,
    phase     TEXT NOT NULL,
    caller    TEXT,
    pbx_group TEXT,
    agent     TEXT,
    ticket    INTEGER,
    requester INTEGER,
    outcome   TEXT NOT NULL,
    state     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX calls_by_start ON calls (started DESC);
CREATE INDEX calls_by_phase ON calls (phase, updated);

CREATE TABLE steps (
    call TEXT NOT NULL,
    seq  INTEGER NOT NULL,
    at   INTEGER NOT NULL,
    kind TEXT NOT NULL,
    what TEXT NOT NULL,
    why  TEXT NOT NULL,
    PRIMARY KEY (call, seq)
) STRICT, WITHOUT ROWID;

-- The outbox. `seq` is the order in which the core gave the orders.
CREATE TABLE effects (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    call       TEXT NOT NULL,
    track      TEXT NOT NULL,
    priority   TEXT NOT NULL,
    planned_at INTEGER NOT NULL,
    expires    INTEGER,
    what       TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'withdrawn', 'wedged', 'dropped')),
    outcome    TEXT,
    attempts   INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    settled_at INTEGER
) STRICT;

CREATE INDEX effects_by_call ON effects (call, seq);
CREATE INDEX effects_waiting ON effects (seq) WHERE state = 'waiting';
CREATE INDEX effects_wedged ON effects (seq) WHERE state = 'wedged';
