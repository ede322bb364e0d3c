# SPDX-License-Identifier: Apache-2.0
"""Digits: learnwares with 3 to 5 of ten classes, users with 4 to 7, specifications by `lwnode.specify`."""

import numpy as np
import pytest

from lwnode import reuse
from tests.support import digits

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def market():
    return digits.market(0, owners=16, users=6)


def error(market, method: str, count: int = 0) -> float:
    wares, people = market
    wrong = []
    for user in people:
        known = digits.labelled(wares, user, count) if count else None
        team = digits.members(wares, user.rows)
        found = reuse.combine(method, team, digits.evidence(wares, user.rows), labelled=known)
        wrong.append(np.mean(found.values.argmax(axis=1) != user.labels))
    return float(np.mean(wrong))


def test_label_sets_are_fused_far_better_than_anything_else_combines_them(market) -> None:
    wares, people = market
    single = np.mean(
        [np.min([np.mean(np.nan_to_num(w(user.rows)).argmax(axis=1) != user.labels) for w in wares]) for user in people]
    )
    fused = error(market, "fuse")
    assert fused < 0.08
    assert fused < 0.4 * min(single, *(error(market, name) for name in ("top-1", "average", "vote", "job-selector")))


def test_labels_do_not_hurt_it(market) -> None:
    bare = error(market, "fuse")
    assert error(market, "fuse", 10) < bare + 0.01
    assert error(market, "fuse", 150) < bare
