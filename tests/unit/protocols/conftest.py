# SPDX-License-Identifier: Apache-2.0
"""Flower is imported here, before the modules that need it, so that its dependencies' warnings do not fail tests."""

import tempfile
from pathlib import Path

from tests.support.federation import import_flower

import_flower(Path(tempfile.gettempdir()) / "lwnode-tests")
