# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest

from lwnode.market.coverage import TailTest
from lwnode.market.reasons import SENTENCES, TOGETHER, why
from lwnode.market.score import Figures
from lwnode.market.verdict import judge

GOOD = Figures(
    rows=200,
    features=6,
    distance=0.05,
    floor=0.05,
    match=0.95,
    match_low=0.9,
    match_high=1.0,
    unclaimed=0.8,
    resolution=0.8,
    resolution_limit=0.9,
    coarse=False,
    near_wide=False,
    test=TailTest(passed=np.ones(200, dtype=bool), level=0.05, false_rate=0.02, resolving=0.98),
    covered=0.97,
    covered_low=0.93,
    covered_high=1.0,
    piece_rows=190,
    piece=0.0,
    piece_low=0.0,
    piece_high=0.0,
    piece_unclaimed=0.0,
    dependence="seen",
    z=9.0,
    sure=True,
)
BLIND = dataclasses.replace(GOOD.test, resolving=0.2)
FAR = {"match": 0.1, "match_high": 0.2, "match_low": 0.0, "covered": 0.05, "covered_low": 0.0, "covered_high": 0.1}
PART = {"match": 0.3, "match_high": 0.45, "covered": 0.4, "covered_low": 0.35, "covered_high": 0.5, "piece": 0.8}
PIECE = {**PART, "piece_low": 0.6, "piece_high": 0.9, "piece_unclaimed": 0.7, "unclaimed": 0.2}
WHOLE = {"match": 0.45, "match_high": 0.6, "covered": 0.5, "covered_low": 0.4, "covered_high": 0.6}
COARSE = {"coarse": True, "near_wide": True}


@pytest.mark.parametrize(
    ("changes", "verdict", "code"),
    [
        ({}, "fits", "fits"),
        ({"dependence": "not testable"}, "fits", "fits-unchecked"),
        ({"features": 1, "dependence": "not testable"}, "fits", "fits-one-column"),
        ({"dependence": "not seen"}, "partly", "columns-only"),
        ({"rows": 14}, "too little data", "few-rows"),
        ({"test": BLIND, "covered": 0.0}, "fits", "fits"),
        # rule 1
        (FAR, "nothing fits", "far"),
        ({**FAR, "test": BLIND, "covered_high": 1.0}, "nothing fits", "far"),
        ({**FAR, "covered_high": 0.5, "piece_high": 0.4}, "nothing fits", "far"),
        ({**FAR, "resolution": 0.1}, "nothing fits", "far"),
        # rule 2
        ({"resolution": 0.2}, "too little data", "few-rows"),
        ({"resolution": 0.2, "resolution_limit": 0.2}, "too little data", "coarse-sketch"),
        ({"coarse": True}, "too little data", "coarse-sketch"),
        (COARSE, "fits", "fits-coarsely"),
        ({**COARSE, "sure": False}, "too little data", "coarse-sketch"),
        ({**COARSE, "covered": 0.7}, "too little data", "coarse-sketch"),
        ({**COARSE, "covered": 0.7, "test": BLIND}, "fits", "fits-coarsely"),
        ({"resolution": 0.2, "near_wide": True}, "fits", "fits-coarsely"),
        # rule 2, where the publisher's own figures make the match
        ({"unclaimed": 0.39}, "too little data", "coarse-sketch"),
        ({"unclaimed": 0.39, "near_wide": True}, "fits", "fits-coarsely"),
        ({**PIECE, "piece_unclaimed": 0.39}, "too little data", "coarse-sketch"),
        ({**PIECE, "match": 0.9, "match_high": 1.0, "covered": 0.9}, "partly", "partly"),
        ({**PIECE, "piece_unclaimed": 0.39, "unclaimed": 0.9}, "nothing fits", "far"),
        ({**FAR, "unclaimed": 0.0}, "nothing fits", "far"),
        ({**WHOLE, "match": 0.39, "unclaimed": 0.2}, "nothing fits", "far"),
        # rule 3 and what stands next to it
        ({"covered": 0.74}, "partly", "partly"),
        ({"match": 0.49}, "partly", "partly"),
        ({"match_high": 0.79, "match": 0.7}, "partly", "partly"),
        # rule 4
        ({**WHOLE, "test": BLIND}, "too little data", "covers-anything"),
        ({**WHOLE, "match_high": 0.49, "test": BLIND}, "nothing fits", "far"),
        # rule 5
        (WHOLE, "partly", "partly"),
        ({**WHOLE, "dependence": "not testable"}, "partly", "partly-unchecked"),
        ({**WHOLE, "dependence": "not seen"}, "nothing fits", "columns-alike"),
        ({**WHOLE, "covered": 0.39, "covered_low": 0.05}, "nothing fits", "far"),
        (PIECE, "partly", "partly"),
        ({**PIECE, "match_high": 0.3, "match": 0.1}, "partly", "partly"),
        ({**PIECE, "covered_low": 0.09}, "nothing fits", "far"),
        ({**PIECE, "piece": 0.44}, "nothing fits", "far"),
        ({**PIECE, "piece_low": 0.19}, "nothing fits", "far"),
        ({**PIECE, "dependence": "not seen"}, "nothing fits", "columns-alike"),
        # rule 6
        ({**WHOLE, "match": 0.39}, "nothing fits", "far"),
    ],
)
def test_rules(changes, verdict: str, code: str) -> None:
    judgement = judge(dataclasses.replace(GOOD, **changes))
    assert (judgement.verdict, judgement.code) == (verdict, code)
    assert judgement.coarse == (code == "fits-coarsely")
    assert judgement.numbered == (verdict != "too little data" and not judgement.coarse)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "unclaimed"),
        ({"dependence": "not seen"}, "unclaimed"),
        ({"dependence": "not testable"}, "unclaimed"),
        (WHOLE, "unclaimed"),
        (PIECE, "piece_unclaimed"),
    ],
)
def test_a_number_stands_only_on_what_is_there_without_the_publishers_word(changes, name: str) -> None:
    believed, vouched = (judge(dataclasses.replace(GOOD, **{**changes, name: left})) for left in (0.5, 0.49))
    assert (vouched.verdict, vouched.code) == (believed.verdict, believed.code)
    assert believed.numbered
    assert not vouched.numbered


def test_every_sentence_is_plain() -> None:
    for code, sentence in SENTENCES.items():
        assert sentence.endswith("."), code
        assert len(sentence) < 150, code
        for word in ("MMD", "learnware", "RKME", "epsilon", "kernel", "specification", "dependence"):
            assert word.lower() not in sentence.lower(), code
    assert set(TOGETHER) | set(TOGETHER.values()) <= set(SENTENCES)
    assert "0.412" in why(0.4123, 0.05)
