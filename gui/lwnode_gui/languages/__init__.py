# SPDX-License-Identifier: Apache-2.0
"""Translations, a ``.ts`` file a language; `lwnode_gui.language` reads them."""
