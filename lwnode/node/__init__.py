# SPDX-License-Identifier: Apache-2.0
"""The node: one facade over everything, where every action is one method.

``engine`` is the open home; ``actions`` are what a node can do, a function each; ``backend`` and ``remote`` run them
here or in the daemon; ``facade`` is `Node`, the object that Python users, the commands and the window share; ``port``
is the node's side of a transport, whose interface stands in ``transport``.
"""
