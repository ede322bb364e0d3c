# SPDX-License-Identifier: Apache-2.0
"""Version 6 of a node's database: how models agree that were asked side by side.

Called by the migrations.  Never edited after a release.
"""

NODE = """
CREATE TABLE agreement (
    first TEXT NOT NULL,
    second TEXT NOT NULL,
    share REAL NOT NULL CHECK (share BETWEEN 0 AND 1),
    points INTEGER NOT NULL CHECK (points >= 0),
    PRIMARY KEY (first, second),
    CHECK (first < second)
) STRICT, WITHOUT ROWID;
"""
