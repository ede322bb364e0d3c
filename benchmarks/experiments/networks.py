# SPDX-License-Identifier: Apache-2.0
"""Small convolutional networks of 28 × 28 images: two convolutions, normalised, and a head; about 17,000 weights.

Called by the markets of images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.experiments.baselines import Classes, Features
from lwnode.types import Matrix

_EPOCHS, _BATCH, _RATE = 20, 50, 3e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """A trained network; ``classes`` (k,) ascending."""

    classes: Classes
    module: Any

    def logits(self, F: Features) -> Matrix:
        """Return (n, k) for images (n, 28, 28) in [0, 1]."""
        import torch

        with torch.no_grad():
            parts = [self.module(torch.from_numpy(F[at : at + 1_000])[:, None]) for at in range(0, len(F), 1_000)]
        return np.asarray(torch.cat(parts).numpy(), dtype=np.float64)


def network(F: Features, y: Classes, *, seed: int) -> Network:
    """Train a network by Adam with a falling rate.

    Parameters
    ----------
    F : (n, 28, 28) float32 in [0, 1]
    y : (n,) int64
    seed : int
    """
    import torch
    from torch import nn

    torch.set_num_threads(1)
    classes, at = np.unique(y, return_inverse=True)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        module = nn.Sequential(
            nn.Conv2d(1, 24, 5, stride=2), nn.BatchNorm2d(24), nn.ReLU(), nn.Conv2d(24, 48, 3, stride=2),
            nn.BatchNorm2d(48), nn.ReLU(), nn.Flatten(), nn.Dropout(0.4), nn.Linear(48 * 25, len(classes)),
        )  # fmt: skip
        images, labels = torch.from_numpy(F)[:, None], torch.from_numpy(at.astype(np.int64))
        steps = _EPOCHS * -(-len(F) // _BATCH)
        descent = torch.optim.AdamW(module.parameters(), lr=_RATE, weight_decay=1e-2)
        falling = torch.optim.lr_scheduler.OneCycleLR(descent, max_lr=_RATE, total_steps=steps)
        for _ in range(_EPOCHS):
            for part in torch.randperm(len(F)).split(_BATCH):  # type: ignore[no-untyped-call]  # torch's own
                descent.zero_grad()
                nn.functional.cross_entropy(module(images[part]), labels[part]).backward()  # type: ignore[no-untyped-call]
                descent.step()
                falling.step()
    module.eval()
    return Network(classes=classes.astype(np.int64), module=module)
