# SPDX-License-Identifier: Apache-2.0
"""Whatever the images and texts are: finite rows, each from its item alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from lwnode.specification.encoders import IMAGES, TEXTS, encode, width_of

anything = st.text(st.characters(), max_size=40)
sizes = st.tuples(st.integers(1, 3), st.integers(1, 40), st.integers(1, 40), st.integers(1, 4))


@settings(deadline=None, max_examples=60)
@given(st.lists(anything, min_size=1, max_size=8), st.data())
def test_texts_are_encoded_one_by_one(texts: list[str], data: st.DataObject) -> None:
    rows = encode(TEXTS, texts)
    assert rows.shape == (len(texts), width_of(TEXTS))
    assert np.isfinite(rows).all()
    place = data.draw(st.integers(0, len(texts) - 1))
    np.testing.assert_allclose(encode(TEXTS, [texts[place]])[0], rows[place], atol=1e-5)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(["dog", "cat", "鸟", "😀"]), min_size=1, max_size=20))
def test_a_texts_families_have_one_length(words: list[str]) -> None:
    """A coordinate's square is at most the square of a sum of family lengths: features times families."""
    row = encode(TEXTS, [" ".join(words)])[0]
    assert (row**2).max() <= 7.0 * len(words) + 1e-6


@settings(deadline=None, max_examples=40)
@given(st.data(), sizes)
def test_images_are_encoded_one_by_one(data: st.DataObject, shape: tuple[int, ...]) -> None:
    images = data.draw(npst.arrays(np.uint8, shape))
    rows = encode(IMAGES, images)
    assert rows.shape == (len(images), width_of(IMAGES))
    assert np.isfinite(rows).all()
    np.testing.assert_allclose(encode(IMAGES, images[-1:])[0], rows[-1], atol=1e-4)
