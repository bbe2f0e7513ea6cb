-- Recordings that hang on tickets are told apart from the others that are settled: one day they may have to go. `refused` are
-- those of calls that must not be recorded.

CREATE TABLE recordings_new (
    sha256    TEXT PRIMARY KEY NOT NULL,
    standing  TEXT NOT NULL CHECK (standing IN ('unassigned', 'assigned', 'attached', 'settled', 'refused', 'gone')),
    call      TEXT,
    what      TEXT NOT NULL,
    recording TEXT NOT NULL,
    updated   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO recordings_new
    SELECT sha256, CASE WHEN standing = 'settled' AND what = 'attached' THEN 'attached' ELSE standing END, call,
           CASE WHEN standing = 'settled' AND what = 'attached' THEN '' ELSE what END, recording, updated
    FROM recordings;

DROP TABLE recordings;
ALTER TABLE recordings_new RENAME TO recordings;

CREATE INDEX recordings_unassigned ON recordings (updated) WHERE standing = 'unassigned';
CREATE INDEX recordings_attached ON recordings (call) WHERE standing = 'attached';
CREATE INDEX recordings_refused ON recordings (call) WHERE standing = 'refused';
