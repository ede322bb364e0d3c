# SPDX-License-Identifier: Apache-2.0
"""Version 2 of a node's database: what a model learnt from, how a data set is read, what a charge released.

Sketches of the rows show which data sets share some.
Called by the migrations.  Never edited after a release.
"""

NODE = """
ALTER TABLE model ADD COLUMN rows TEXT NOT NULL DEFAULT '';
UPDATE model SET rows = coalesce((SELECT value FROM meta WHERE key = 'rows of ' || model.id), '');
DELETE FROM meta WHERE key LIKE 'rows of %';

ALTER TABLE dataset ADD COLUMN renamed TEXT NOT NULL DEFAULT '';
ALTER TABLE dataset ADD COLUMN source TEXT NOT NULL DEFAULT '';

ALTER TABLE ledger ADD COLUMN release TEXT NOT NULL DEFAULT '';
ALTER TABLE ledger ADD COLUMN rows_per_person INTEGER NOT NULL DEFAULT 0;

CREATE TABLE row_sketch (
    dataset TEXT NOT NULL REFERENCES dataset (name),
    content TEXT NOT NULL,
    source TEXT NOT NULL,
    rows BLOB NOT NULL,
    people BLOB NOT NULL,
    PRIMARY KEY (dataset, content)
) STRICT, WITHOUT ROWID;
"""
