# SPDX-License-Identifier: Apache-2.0
"""The map of an island: what is drawn, and the screen around it.

`plot` paints the places and lets mouse and keyboard choose one; `view` puts it beside a table that says the same in
words.
"""
