# SPDX-License-Identifier: Apache-2.0
"""The market's screen.

`arrange` decides, without Qt, which learnwares are listed in which order; `presenter` holds what was asked and found
and turns it into one `state`; `view` shows that state with its parts: `search_bar`, `chips`, `list_model` and
`delegate` (the cards), `best` (the best choice), `detail` (one learnware), `nothing` (the result that nothing fits).
"""
