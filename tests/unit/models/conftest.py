# SPDX-License-Identifier: Apache-2.0
"""One thread for scikit-learn's loops: on a busy machine its threads wait for each other and burn processor time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield
