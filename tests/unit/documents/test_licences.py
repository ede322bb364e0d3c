# SPDX-License-Identifier: Apache-2.0
"""What may be made from what: the licences of the vocabulary, pair by pair."""

from __future__ import annotations

import pytest

from lwnode.documents.licences import allowed, check_licences, common
from lwnode.documents.vocabulary import VOCABULARY


@pytest.mark.parametrize(
    ("start", "own", "may"),
    [
        ("MIT", "GPL-3.0", True),
        ("MIT", "Apache-2.0", True),
        ("Apache-2.0", "GPL-3.0", True),
        ("Apache-2.0", "GPL-2.0", False),
        ("GPL-2.0", "GPL-3.0", False),
        ("GPL-3.0", "AGPL-3.0", True),
        ("GPL-3.0", "MIT", False),
        ("AGPL-3.0", "GPL-3.0", False),
        ("LGPL-2.1", "GPL-2.0", True),
        ("LGPL-3.0", "Apache-2.0", False),
        ("CC-BY-SA-4.0", "CC-BY-4.0", False),
        ("CC-BY-SA-4.0", "GPL-3.0", True),
        ("CC-BY-4.0", "CC-BY-SA-4.0", True),
        ("Others", "MIT", None),
        ("MIT", "Others", None),
        ("", "MIT", None),
    ],
)
def test_what_may_be_made_from_what(start, own, may):
    assert allowed(start, own) is may


def test_every_licence_may_stay_itself():
    for licence in VOCABULARY["license"]:
        assert allowed(licence, licence) is (None if licence == "Others" else True)


def test_findings_name_the_learnwares_and_what_would_do():
    found = {
        f.code: f for f in check_licences("MIT", {"wards": "GPL-3.0", "beds": "GPL-3.0", "ages": "MIT", "old": ""})
    }
    assert {code: finding.severity for code, finding in found.items()} == {
        "licence-conflict": "refuse",
        "licence-notice": "note",
        "licence-unknown": "warn",
    }
    assert "'beds', 'wards' is under GPL-3.0" in found["licence-conflict"].message
    assert "AGPL-3.0 or GPL-3.0" in found["licence-conflict"].message
    assert "'ages'" in found["licence-notice"].message
    assert "'old'" in found["licence-unknown"].message


def test_a_common_licence_is_that_of_all():
    assert common({"a": "MIT", "b": "MIT"}) == "MIT"
    assert common({"a": "MIT", "b": "GPL-3.0"}) == ""
    assert common({"a": ""}) == ""
