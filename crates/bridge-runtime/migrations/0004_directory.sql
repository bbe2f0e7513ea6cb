-- The caller directory: profiles with numbers, and who has which number (its digits in E.164, as one number).

CREATE TABLE directory_users (
    user    INTEGER PRIMARY KEY NOT NULL,
    profile TEXT NOT NULL
) STRICT;

CREATE TABLE directory_numbers (
    number INTEGER NOT NULL,
    user   INTEGER NOT NULL,
    PRIMARY KEY (number, user)
) STRICT, WITHOUT ROWID;
