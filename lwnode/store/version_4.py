# SPDX-License-Identifier: Apache-2.0
"""Version 4 of a node's database: what the checks of learnwares and drafts saw.

Called by the migrations.  Never edited after a release.
"""

NODE = """
CREATE TABLE learnware_check (
    learnware TEXT PRIMARY KEY,
    status INTEGER NOT NULL CHECK (status IN (-1, 0, 1)),
    findings TEXT NOT NULL,
    ran INTEGER NOT NULL CHECK (ran IN (0, 1)),
    seconds_per_row REAL,
    points TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    time TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX learnware_check_points ON learnware_check (points);
"""
