-- Recordings by their content, and calls whose recording should still turn up.

CREATE TABLE recordings (
    sha256    TEXT PRIMARY KEY NOT NULL,
    standing  TEXT NOT NULL CHECK (standing IN ('unassigned', 'assigned', 'settled', 'gone')),
    call      TEXT,
    what      TEXT NOT NULL,
    recording TEXT NOT NULL,
    updated   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX recordings_unassigned ON recordings (updated) WHERE standing = 'unassigned';

ALTER TABLE calls ADD COLUMN awaits INTEGER NOT NULL DEFAULT 0;

CREATE INDEX calls_awaiting ON calls (started) WHERE awaits = 1;
