# SPDX-License-Identifier: Apache-2.0
"""Version 3 of a node's database: the columns of a data set that a person withheld.

Called by the migrations.  Never edited after a release.
"""

NODE = """
ALTER TABLE dataset ADD COLUMN withheld TEXT NOT NULL DEFAULT '[]';
"""
