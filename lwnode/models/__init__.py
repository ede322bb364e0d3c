# SPDX-License-Identifier: Apache-2.0
"""Models: the one format, how a model gets into it, and how a foreign one runs.

A tour, from the trained estimator to a partner's prediction:

1. `format` states what a model file is: one ONNX protobuf, one float32 matrix in, one out.  `scan` enforces it.
2. `export` writes fitted estimators.  `histogram_boosting` and `forests` (both by way of `trees`) and `encoders` are
   our own exporters, each a `graph` fragment; `normalise` brings what skl2onnx or somebody else wrote into the format.
3. `network` is the network preset and its file, `neural` trains it.  `layer_reader` reads the trained `layers` of
   a file, found or own, without running it; `composition` puts several files into one.
4. `probe` replays rows through estimator and file; `adopt` takes in models that were trained elsewhere.
5. `families`, `kept_rows` and `arrays` serve the audit: which estimators and files keep training rows, and every number
   and word that a file holds.
6. `worker` runs a file in a process of its own (`worker_process`), behind a `channel` of `frames`, locked in by
   `confinement`.

Importing this package loads numpy, and nothing heavier: scikit-learn, torch, onnx and skl2onnx are loaded where they
are used, onnxruntime in the worker process only.
"""

from lwnode.models.adopt import ModelFile, adopt
from lwnode.models.arrays import arrays
from lwnode.models.export import to_onnx
from lwnode.models.families import refuse
from lwnode.models.format import Signature
from lwnode.models.kept_rows import kept_rows, words
from lwnode.models.network import Network, read_network
from lwnode.models.neural import NeuralNetwork, Settings
from lwnode.models.probe import Replay, replay
from lwnode.models.scan import scan
from lwnode.models.worker import Worker

__all__ = [
    "ModelFile",
    "Network",
    "NeuralNetwork",
    "Replay",
    "Settings",
    "Signature",
    "Worker",
    "adopt",
    "arrays",
    "kept_rows",
    "read_network",
    "refuse",
    "replay",
    "scan",
    "to_onnx",
    "words",
]
