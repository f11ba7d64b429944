-- A database as Deskhand wrote it before Alembic watched over its tables, with a row or two in each.
CREATE TABLE schema_version (module TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT;
CREATE TABLE token (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    label TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    last_used INTEGER,
    revoked INTEGER
) STRICT;
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    subject TEXT NOT NULL,
    client TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    outcome TEXT NOT NULL,
    milliseconds REAL NOT NULL,
    arguments_hash TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_subject ON audit (subject, id);
CREATE TABLE conversation (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL
) STRICT;
CREATE INDEX conversation_owner ON conversation (owner, updated);
CREATE TABLE message (
    conversation TEXT NOT NULL REFERENCES conversation ON DELETE CASCADE,
    position INTEGER NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, moved_out INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (conversation, position), UNIQUE (conversation, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE output (
    conversation TEXT NOT NULL REFERENCES conversation ON DELETE CASCADE,
    handle TEXT NOT NULL, source TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (conversation, handle)
) STRICT;
INSERT INTO schema_version VALUES ('tokens', 1), ('audit', 1), ('conversations', 1);
INSERT INTO token VALUES ('1a2b3c4d', x'00ff', 'ann', 'laptop', '*', 1767225600, NULL, 1767229200, NULL);
INSERT INTO audit VALUES (7, '2026-01-01T00:00:00+00:00', 'ann', 'c', 'tool', 'echo', 'ok', 1.5, '0');
INSERT INTO conversation VALUES
    ('c1', 'ann', 'Hello', '2026-01-01T00:00:00.000000+00:00', '2026-01-01T00:00:01.000000+00:00');
INSERT INTO message VALUES ('c1', 1, 'm1', '{"n": 1}', 1), ('c1', 2, 'm2', '{"n": 2}', 0);
INSERT INTO output VALUES ('c1', 'o1', 'tool', 'the whole text');
