# SPDX-License-Identifier: Apache-2.0
"""The daemon: the node's engine, its Flower worker, the local API and, if asked for, a hub, in one process."""
