# SPDX-License-Identifier: Apache-2.0
"""What the node's actions return: plain frozen records that travel over the local API unchanged.

Handles with behaviour (`lwnode.node.handles`) wrap some of them for Python users.  One file for each topic; `profiles`,
which loads the specification's room, is imported by its own name, the others from here.
"""

from lwnode.node.records.data import BudgetInfo, Charge, DataSetInfo, ProfileInfo
from lwnode.node.records.drafts import Draft, DraftFile, Said
from lwnode.node.records.freezing import Frozen
from lwnode.node.records.maps import IslandInfo, IslandMap, MapPoint
from lwnode.node.records.models import LeaderRow, ModelInfo, Predictions
from lwnode.node.records.node import (
    Check,
    HubInfo,
    HubLink,
    JobInfo,
    OutboxInfo,
    OutboxRow,
    PartnerInfo,
    Status,
    SyncInfo,
)
from lwnode.node.records.reuse import Comparison, LeftOut, Reused, ReuseMember, ReuseReport
from lwnode.node.records.wares import Archive, CheckInfo, Verified, Ware

__all__ = [
    "Archive",
    "BudgetInfo",
    "Charge",
    "Check",
    "CheckInfo",
    "Comparison",
    "DataSetInfo",
    "Draft",
    "DraftFile",
    "Frozen",
    "HubInfo",
    "HubLink",
    "IslandInfo",
    "IslandMap",
    "JobInfo",
    "LeaderRow",
    "LeftOut",
    "MapPoint",
    "ModelInfo",
    "OutboxInfo",
    "OutboxRow",
    "PartnerInfo",
    "Predictions",
    "ProfileInfo",
    "ReuseMember",
    "ReuseReport",
    "Reused",
    "Said",
    "Status",
    "SyncInfo",
    "Verified",
    "Ware",
]
