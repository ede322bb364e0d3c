# SPDX-License-Identifier: Apache-2.0
"""The one format a learnware's model has: what goes in, what comes out, and what the file may hold.

A model file is one ONNX protobuf.  It takes one float32 matrix ``input`` (n, width), encoded as `lwnode.documents.card`
says, and gives one float32 matrix: ``probabilities`` (n, classes) for a classifier, ``values`` (n, 1) for a regressor,
``features`` (n, k) for a feature extractor.

Rules
-----
* No code: two operator domains of the standard, an allow-list of operators, no sub-graphs, no functions.  Operators
  that draw random numbers, handle text or loop are not on the list: a prediction is a bounded computation on numbers.
* No second file: tensors stored elsewhere are refused.
* The limits stand here, once; `lwnode.models.scan` enforces them before a model is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lwnode.types import Task

INPUT: Final = "input"
OUTPUTS: Final[dict[str, Task]] = {
    "probabilities": "classification",
    "values": "regression",
    "features": "feature extraction",
}

OPSET: Final = 18  # of the standard domain, in the files that are written here
TREES_OPSET: Final = 5  # of the tree domain: the first with set membership
TREES_DOMAIN: Final = "ai.onnx.ml"
IR_VERSION: Final = 10

MODEL_LIMIT: Final = 128 * 1024 * 1024  # bytes of a model file
NODE_LIMIT: Final = 20_000  # nodes of its graph
COLUMN_LIMIT: Final = 4096  # columns of its answer
WIDTH_LIMIT: Final = 65_536  # columns of its input

DOMAINS: Final = frozenset({"", "ai.onnx", TREES_DOMAIN})

_STANDARD: Final = """
    Abs Add And ArgMax ArgMin AveragePool BatchNormalization Cast Ceil Clip Concat Constant ConstantOfShape Conv Cos
    Div Dropout Elu Equal Erf Exp Expand Flatten Floor Gather GatherElements Gelu Gemm GlobalAveragePool GlobalMaxPool
    Greater GreaterOrEqual HardSigmoid Identity InstanceNormalization IsInf IsNaN LayerNormalization LeakyRelu Less
    LessOrEqual Log LogSoftmax MatMul Max MaxPool Mean Min Mul Neg Not Or PRelu Pad Pow Reciprocal ReduceL1 ReduceL2
    ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape Round
    Selu Shape Sigmoid Sign Sin Size Slice Softmax Softplus Softsign Split Sqrt Squeeze Sub Sum Tanh Tile TopK
    Transpose Unsqueeze Where Xor
"""
_TREES: Final = """
    ArrayFeatureExtractor Binarizer FeatureVectorizer Imputer LabelEncoder LinearClassifier LinearRegressor Normalizer
    OneHotEncoder SVMClassifier SVMRegressor Scaler TreeEnsemble TreeEnsembleClassifier TreeEnsembleRegressor
"""
OPERATORS: Final = frozenset(_STANDARD.split())  # of the standard domain
TREE_OPERATORS: Final = frozenset(_TREES.split())  # of the tree domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a model file says of itself.

    Parameters
    ----------
    output : {"probabilities", "values", "features"}
    width : int
        Columns of its input; 0 where the file leaves it open.
    columns : int
        Columns of its answer; 0 where the file leaves it open.
    """

    output: str
    width: int
    columns: int

    @property
    def task(self) -> Task:
        """The task that the output belongs to."""
        return OUTPUTS[self.output]


def output_of(task: Task) -> str:
    """Return the name of the output that a model for ``task`` has."""
    return next(name for name, of in OUTPUTS.items() if of == task)


def printable(text: str | bytes, limit: int = 160) -> str:
    """Return ``text`` with everything but printable ASCII replaced, cut to ``limit`` characters.

    Names in a foreign file and what a worker says may hold anything, escape sequences of terminals included; a name
    that is not UTF-8 comes out of a protobuf message as bytes.
    """
    if isinstance(text, bytes):
        text = text.decode("ascii", "replace")
    shown = "".join(c if " " <= c <= "~" else "?" for c in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."
