# SPDX-License-Identifier: Apache-2.0
"""Private models: trained so that (ε, δ) holds for every person in the rows, charged to the same ledger as the sketch.

The tour
--------
* `Target` and `public_target` say what is predicted without looking at the rows: classes, or bounds.
* `agree` sets the terms (ε, δ, mu, rows per person), `mechanism` names the draw, `check_rows` refuses where the noise
  would be larger than what it hides.
* `train_private` fits ``linear`` (`logistic`, `ridge`; both start from `moments`) or ``network``;
  `train_private_images` fits the convolutional one (`images`); both networks go by `descent`.  `figures` are noised
  within the same ε.
* `draws` is the one way by which rows reach any of them; `graph` writes the model file with the public scaling in it.

Every release that a node makes here is a Gaussian one, so model and figures together are exactly mu-GDP.  Descent on
Poisson samples (`descent.descend_sampled`) is there as well; what it costs is computed by
`lwnode.specification.composition` and is no single mu.

Importing this room loads NumPy and nothing heavier; torch is loaded where a network is trained.
"""

from lwnode.training.private.images import Shape
from lwnode.training.private.target import Target, public_target
from lwnode.training.private.terms import Terms, agree, family_name, mechanism
from lwnode.training.private.train import PrivateModel, check_rows, train_private, train_private_images

__all__ = [
    "PrivateModel",
    "Shape",
    "Target",
    "Terms",
    "agree",
    "check_rows",
    "family_name",
    "mechanism",
    "public_target",
    "train_private",
    "train_private_images",
]
