# SPDX-License-Identifier: Apache-2.0
"""How institutions meet: a hub and its nodes over Flower.  The only place where Flower is used.

A tour
------
A *hub* (`HubServer`) is Flower's hub inside our process, behind a wall that lets eight calls through; a *node* reaches
it with `FlowerTransport`, which speaks Flower's Fleet protocol and runs a real `ClientApp`.  Code never travels: no app
bundle is accepted, and there is no call that could start one.

Flower's messages are a lossy pipe, so delivery is ours.  It rests on five rules:

1. an operation exists once its row is committed in the node's delivery queue;
2. the hub acknowledges the highest contiguous number it has committed for (member, box): the next mailbox says so;
3. an answer starts at acknowledged + 1, and the hub takes only the next number, operation and log row together;
4. towards a node the hub keeps a log and the node keeps the cursor, moved in the transaction of the effect;
5. identity is the member's public key, never a number of Flower's.

=====================================  ==========================================================================
shared                                 `limits`, `messages`, `envelope`, `statements`, `tls`, `environment`
hub                                    `hub`, `wall`, `asgi`, `relay`, `grid`, `admission`, `blobs`
node                                   `worker`, `connection`, `mailbox`, `files`, `joining`, `wire`, `http`
Flower's undocumented side             `adapter`
=====================================  ==========================================================================

Importing this package does not import Flower; starting a hub or a connection does.
"""

from lwnode_protocols.hub import HubServer, HubStatus
from lwnode_protocols.limits import HubLimits, NodeTimes
from lwnode_protocols.worker import FlowerTransport

__all__ = ["FlowerTransport", "HubLimits", "HubServer", "HubStatus", "NodeTimes"]
