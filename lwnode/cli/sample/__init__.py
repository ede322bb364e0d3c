# SPDX-License-Identifier: Apache-2.0
"""The first-run sample: three hospitals of 3,000 rows, two clinics of 600, and the public profile of their consortium.

All of it is generated (`benchmarks.sample`); no real person is in it.
"""

from pathlib import Path


def sample() -> Path:
    """Return the folder that holds the sample's tables and its ``profile.json``."""
    return Path(__file__).resolve().parent
