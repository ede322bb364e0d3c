# SPDX-License-Identifier: Apache-2.0
"""Version 1 of the two databases, as it was released: never edited, only followed by a version 2.

Rules
-----
* Strict tables; a closed set is a CHECK; what must not change is guarded by triggers.
* Files are never in here, only their SHA-256.

Called by `lwnode.store.migrations`.
"""

NODE = """
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE dataset (
    name TEXT PRIMARY KEY CHECK (name <> ''),
    path TEXT NOT NULL,
    target TEXT NOT NULL,
    task TEXT NOT NULL,
    columns TEXT NOT NULL,
    rows INTEGER NOT NULL CHECK (rows >= 0),
    rejected INTEGER NOT NULL CHECK (rejected >= 0),
    rows_per_person INTEGER NOT NULL CHECK (rows_per_person >= 1),
    person TEXT NOT NULL,
    content TEXT NOT NULL,
    profile TEXT NOT NULL,
    blob TEXT NOT NULL,
    added TEXT NOT NULL
) STRICT;

CREATE TABLE profile (
    id TEXT PRIMARY KEY,
    schema_id TEXT NOT NULL,
    document BLOB NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('own', 'partner')),
    signed BLOB NOT NULL,
    added TEXT NOT NULL
) STRICT;
CREATE INDEX profile_schema ON profile (schema_id);

CREATE TABLE model (
    id TEXT PRIMARY KEY CHECK (id <> ''),
    name TEXT NOT NULL,
    dataset TEXT NOT NULL,
    family TEXT NOT NULL,
    task TEXT NOT NULL,
    card TEXT NOT NULL,
    model TEXT NOT NULL,
    leaderboard_json TEXT NOT NULL,
    preset TEXT NOT NULL,
    created TEXT NOT NULL
) STRICT;
CREATE INDEX model_name ON model (name);

CREATE TABLE draft (
    digest TEXT PRIMARY KEY,
    content_key TEXT NOT NULL,
    dataset TEXT NOT NULL,
    model TEXT NOT NULL,
    manifest BLOB NOT NULL,
    files TEXT NOT NULL,
    findings TEXT NOT NULL,
    epsilon REAL,
    created TEXT NOT NULL,
    shown INTEGER NOT NULL CHECK (shown IN (0, 1)),
    published TEXT,
    override TEXT NOT NULL,
    CHECK (published IS NULL OR shown = 1)
) STRICT;
CREATE INDEX draft_content ON draft (content_key);

CREATE TABLE catalogue (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    publisher TEXT NOT NULL,
    organisation TEXT NOT NULL,
    bundle BLOB NOT NULL,
    manifest BLOB NOT NULL,
    semantic TEXT,
    profile TEXT NOT NULL,
    schema_id TEXT NOT NULL,
    audience TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('announced', 'ready', 'withdrawn', 'refused')),
    reason TEXT NOT NULL,
    own INTEGER NOT NULL CHECK (own IN (0, 1)),
    wanted INTEGER NOT NULL DEFAULT 0 CHECK (wanted IN (0, 1)),
    hub TEXT NOT NULL,
    received TEXT NOT NULL,
    size INTEGER NOT NULL CHECK (size >= 0)
) STRICT;
CREATE INDEX catalogue_state ON catalogue (state);

CREATE TABLE catalogue_file (
    learnware INTEGER NOT NULL REFERENCES catalogue (number),
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (learnware, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE catalogue_facet (
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    learnware INTEGER NOT NULL REFERENCES catalogue (number),
    PRIMARY KEY (field, value, learnware)
) STRICT, WITHOUT ROWID;
CREATE INDEX catalogue_facet_learnware ON catalogue_facet (learnware);

CREATE TABLE catalogue_text (
    number INTEGER PRIMARY KEY REFERENCES catalogue (number),
    name TEXT NOT NULL,
    tags TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE VIRTUAL TABLE catalogue_words USING fts5 (
    name, tags, body, content = 'catalogue_text', content_rowid = 'number', tokenize = 'ascii', prefix = '1 2 3'
);
CREATE VIRTUAL TABLE catalogue_parts USING fts5 (
    name, tags, body, content = 'catalogue_text', content_rowid = 'number', tokenize = 'trigram'
);

CREATE TABLE withdrawal (
    learnware TEXT NOT NULL,
    publisher TEXT NOT NULL,
    reason TEXT NOT NULL,
    noted TEXT NOT NULL,
    PRIMARY KEY (learnware, publisher)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    dataset TEXT NOT NULL REFERENCES dataset (name),
    key TEXT NOT NULL UNIQUE,
    mu REAL NOT NULL CHECK (mu > 0),
    epsilon REAL NOT NULL CHECK (epsilon > 0),
    delta REAL NOT NULL CHECK (delta >= 0),
    what TEXT NOT NULL,
    blob TEXT NOT NULL CHECK (length(blob) = 64),
    time TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX ledger_dataset ON ledger (dataset);
CREATE TRIGGER ledger_fixed BEFORE UPDATE ON ledger
BEGIN SELECT RAISE (ABORT, 'the ledger is never changed'); END;
CREATE TRIGGER ledger_kept BEFORE DELETE ON ledger
BEGIN SELECT RAISE (ABORT, 'the ledger is never shortened'); END;

CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    what TEXT NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL CHECK (size >= 0),
    epsilon REAL,
    who TEXT NOT NULL,
    learnware TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_recipient ON outbox (recipient, digest);
CREATE TRIGGER outbox_fixed BEFORE UPDATE ON outbox
BEGIN SELECT RAISE (ABORT, 'the outbox is never changed'); END;
CREATE TRIGGER outbox_kept BEFORE DELETE ON outbox
BEGIN SELECT RAISE (ABORT, 'the outbox is never shortened'); END;

CREATE TABLE traffic (
    hub TEXT NOT NULL,
    day TEXT NOT NULL,
    sent INTEGER NOT NULL,
    received INTEGER NOT NULL,
    content INTEGER NOT NULL,
    PRIMARY KEY (hub, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE queue (
    hub TEXT PRIMARY KEY,
    box TEXT NOT NULL,
    last INTEGER NOT NULL DEFAULT 0,
    acknowledged INTEGER NOT NULL DEFAULT 0 CHECK (acknowledged <= last),
    cursor INTEGER NOT NULL DEFAULT 0,
    generation TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE TABLE operation (
    hub TEXT NOT NULL REFERENCES queue (hub),
    seq INTEGER NOT NULL CHECK (seq >= 1),
    kind TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (hub, seq)
) STRICT;
CREATE TABLE applied (
    hub TEXT NOT NULL REFERENCES queue (hub),
    height INTEGER NOT NULL,
    PRIMARY KEY (hub, height)
) STRICT, WITHOUT ROWID;

CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'cancelled', 'interrupted')),
    error TEXT NOT NULL,
    started TEXT NOT NULL,
    ended TEXT
) STRICT;

CREATE TABLE partner (
    publisher TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    keys BLOB NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('introduced', 'pinned', 'blocked')),
    hub TEXT NOT NULL,
    since TEXT NOT NULL
) STRICT;

CREATE TABLE membership (
    hub TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    certificate TEXT NOT NULL,
    joined TEXT NOT NULL
) STRICT;
"""

HUB = """
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE member (
    id TEXT PRIMARY KEY,
    public_key BLOB NOT NULL,
    name TEXT NOT NULL,
    joined TEXT NOT NULL,
    blocked INTEGER NOT NULL DEFAULT 0 CHECK (blocked IN (0, 1))
) STRICT;

CREATE TABLE invite (
    code_hash TEXT PRIMARY KEY,
    note TEXT NOT NULL,
    created TEXT NOT NULL,
    expires TEXT NOT NULL,
    used_by TEXT REFERENCES member (id),
    used TEXT
) STRICT;

CREATE TABLE log (
    height INTEGER PRIMARY KEY AUTOINCREMENT,
    member TEXT NOT NULL REFERENCES member (id),
    box TEXT NOT NULL,
    seq INTEGER NOT NULL CHECK (seq >= 1),
    kind TEXT NOT NULL,
    body BLOB NOT NULL,
    time TEXT NOT NULL,
    UNIQUE (member, box, seq)
) STRICT;
CREATE TRIGGER log_fixed BEFORE UPDATE ON log
BEGIN SELECT RAISE (ABORT, 'the log is never changed'); END;
CREATE TRIGGER log_kept BEFORE DELETE ON log
BEGIN SELECT RAISE (ABORT, 'the log is never shortened'); END;
"""
