# SPDX-License-Identifier: Apache-2.0
"""The only files that touch what Flower does not document.

Flower's hub and its nodes are services that are meant to be started as programs of their own; this room runs both
inside our process.  It leans on flwr's modules ``superlink``, ``supernode``, ``supercore``, ``server``, ``proto`` and
``common``, for which there is no promise of stability, so the version is fixed to one minor release and a contract test
holds every name, signature and field that is used here.

=======================================  ============================================================================
`lwnode_protocols.adapter.version`       which release this was written for
`lwnode_protocols.adapter.records`       our flat records as Flower messages, and back
`lwnode_protocols.adapter.fleet`         the hub's side: Flower's state, app and handlers, without a network
`lwnode_protocols.adapter.dispatch`      Fleet calls on Flower's handlers, without its middlewares
`lwnode_protocols.adapter.client`        the node's side: Flower's Fleet client over a connection of ours
=======================================  ============================================================================

Importing these modules imports flwr (about 0.3 s for a node, 1 s for a hub), so they are imported where they are used,
after `lwnode_protocols.environment.prepare`.
"""
