# SPDX-License-Identifier: Apache-2.0
"""Version 5 of a node's database: the words of the text index.

Called by the migrations.  Never edited after a release.
"""

NODE = """
CREATE TABLE indexed_word (
    number INTEGER PRIMARY KEY,
    word TEXT NOT NULL UNIQUE
) STRICT;
CREATE TRIGGER indexed_word_fixed BEFORE UPDATE ON indexed_word
BEGIN SELECT RAISE (ABORT, 'a word keeps its number'); END;
CREATE TRIGGER indexed_word_kept BEFORE DELETE ON indexed_word
BEGIN SELECT RAISE (ABORT, 'words are never removed'); END;
"""
