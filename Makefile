# Both commands of the README work from a clean clone on a machine with Python 3.11 or later and nothing else.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
# The CPU build of torch is taken where there is one; without this line an unpinned torch may bring gigabytes of CUDA.
TORCH ?= torch==2.13.0

# Tests run in so many processes; each takes what is left when it is done with its own.
WORKERS ?= 2

# Threads that wait sleep: two programs on the same cores then do not starve each other.
export OMP_WAIT_POLICY := passive

.PHONY: demo test test-slow test-gpu coverage course check bench bench-accuracy bench-doctor oracles clean

demo: $(VENV)/.core
	$(RUN)/netwright train sample:diabetes --target target

test: $(VENV)/.dev
	$(RUN)/python -m pytest -n $(WORKERS) --dist worksteal

test-gpu: $(VENV)/.dev
	$(RUN)/python -m pytest -m "gpu"

test-slow: $(VENV)/.dev
	$(RUN)/python -m pytest -m "slow"

# Every branch of the modules that promises rest on; part of `make test` as well.
coverage: $(VENV)/.dev
	$(RUN)/python -m pytest -m "" tests/laws/test_branch_coverage.py

# Runs everything that the course shows, draws its pictures and writes its pages, in both languages: one to three minutes.
course: $(VENV)/.dev
	$(RUN)/python docs/course/make.py

check: $(VENV)/.dev
	$(RUN)/ruff format --check
	$(RUN)/ruff check
	$(RUN)/mypy
	$(RUN)/lint-imports
	@$(RUN)/python tests/file_lengths.py

# The public implementations come into an environment of their own: they bring much that netwright does not need.
bench: $(VENV)/.dev .venv-bench/.ready
	$(RUN)/python benchmarks/throughput.py
	$(RUN)/python benchmarks/optimizer.py
	$(RUN)/python benchmarks/watching.py
	$(RUN)/python benchmarks/rivals.py --rivals-python .venv-bench/bin/python

# Test error at equal seconds on all tables: hours. Every fit is kept and used again, ours where LABEL names the version.
# AutoGluon needs other versions than the rest: NETWRIGHT_AUTOGLUON_PYTHON names the Python of its environment.
BUDGET ?= 60
LABEL ?=
bench-accuracy: $(VENV)/.dev .venv-bench/.ready
	$(RUN)/python benchmarks/accuracy.py --budget $(BUDGET) --label "$(LABEL)" --rivals-python .venv-bench/bin/python

# Planted faults and healthy runs: about an hour and a half on one core; trained runs are kept in the cache and used again.
bench-doctor: $(VENV)/.dev
	$(RUN)/python -m benchmarks.doctor.run
	$(RUN)/python -m benchmarks.doctor.repair --faults 120 --healthy 60

oracles: .venv-bench/.ready
	.venv-bench/bin/python -m pytest tests/oracles

.venv-bench/.ready: pyproject.toml
	test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -c "import torch" 2>/dev/null || .venv-bench/bin/python -m pip install -q "$(TORCH)"
	.venv-bench/bin/python -m pip install -q -e ".[dev,bench]"
	touch $@

$(VENV)/.core: pyproject.toml
	test -x $(RUN)/python || $(PYTHON) -m venv $(VENV)
	$(RUN)/python -c "import torch" 2>/dev/null || $(RUN)/python -m pip install -q "$(TORCH)" || $(RUN)/python -m pip install -q "torch>=2.10"
	$(RUN)/python -m pip install -q -e .
	touch $@

$(VENV)/.dev: $(VENV)/.core
	$(RUN)/python -m pip install -q -e ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) .venv-bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
