# SPDX-License-Identifier: Apache-2.0
"""Run by the Python of the `learnware` package's own environment: what it makes of files that were written here.

``package_peer.py FOLDER``: ``a.json`` and ``b.json`` are loaded and their distance taken; every other JSON is loaded
and saved again under ``saved/``; ``ours.zip``, where there is one, is unpacked, checked and run on ``rows.json``.
"""

import json
import logging
import sys
import warnings
import zipfile
from pathlib import Path

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import learnware.specification as package  # noqa: E402
import numpy as np  # noqa: E402


def loaded(path: Path):
    name = json.loads(path.read_text())["type"]
    kind = getattr(package, name)
    one = kind() if name == "LLMGeneralCapabilitySpecification" else kind(cuda_idx=-1)
    one.load(str(path))
    return one


folder = Path(sys.argv[1])
answer = {}
(folder / "saved").mkdir(exist_ok=True)
for path in sorted(folder.glob("*.json")):
    if path.name not in ("rows.json", "semantic.json"):
        loaded(path).save(str(folder / "saved" / path.name))
if (folder / "a.json").exists():
    a, b = loaded(folder / "a.json"), loaded(folder / "b.json")
    answer["distance"], answer["back"] = a.dist(b), b.dist(a)
if (folder / "ours.zip").exists():
    from learnware.learnware import get_learnware_from_dirpath
    from learnware.market.easy.checker import EasySemanticChecker, EasyStatChecker

    place = folder / "unpacked"
    with zipfile.ZipFile(folder / "ours.zip") as archive:
        archive.extractall(place)
    semantic = json.loads((folder / "semantic.json").read_text())
    ware = get_learnware_from_dirpath("id", semantic, str(place), ignore_error=False)
    answer["semantic"] = EasySemanticChecker()(ware)[0]
    answer["statistical"], answer["message"] = EasyStatChecker()(ware)
    rows = json.loads((folder / "rows.json").read_text())
    model = ware.get_model()
    framed = model.to_frame(rows)
    answer["inputs"] = np.where(np.isnan(model.from_frame(framed)), -1, model.from_frame(framed)).tolist()
    answer["frame"] = framed.tolist()
    answer["predictions"] = ware.predict(framed).tolist()
sys.stdout.write(json.dumps(answer) + "\n")
