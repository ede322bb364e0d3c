# SPDX-License-Identifier: Apache-2.0
"""The widgets that every screen is made of.

`text` (labels, badges, tags), `buttons`, `containers` (card, page header, rule), `notices` (message bar, empty state),
`facts` (a list of names and values), `painted` (bars, dots, shares), `tables`, `layout` (rows and columns of widgets).

Rules
-----
* Text is plain text: nothing that a label, a tool tip or a table shows is ever read as markup.
* Everything that can be operated can be reached with the keyboard and has an accessible name.
"""
