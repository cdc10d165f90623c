# make demo    a reel from one sentence          make test    every test
# make test-serving   a real vLLM on the CPU serves a tiny model to the director and critic, in an environment of its own
# make check   lint, types, layers, fast tests   make bench   the benchmarks
# make bench-desk   the desk beside other terminal programs, which are installed for that
# make screenshots  the README's pictures of the desk
# make snapshots    accept how the desk looks now as how it is to look (tests/snapshots)
PYTHON ?= $(shell for p in python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
SENTENCE ?= a young woman walks through neon-lit Tokyo at night and meets two friends
LIBRARY ?= reels
WORKERS ?= 2
RIVALS ?= bench/out/rivals
SERVING ?= .venv-serving

.PHONY: demo test test-serving check format bench bench-desk screenshots snapshots clean

demo: $(VENV)/.base
	$(BIN)/reeltui make "$(SENTENCE)" --library "$(LIBRARY)" --foreground

# In two: many tests fork, and a process that has read torch forks slowly, if at all.
test: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not studio"
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m studio

# Status 75: the environment cannot be had on this machine, which says nothing about us; the reason was told.
test-serving: $(VENV)/.dev
	$(BIN)/python -m tests.serving.environment "$(SERVING)" || { [ $$? -eq 75 ] && exit 0; exit 1; }
	test ! -f "$(SERVING)/.done" || REELTUI_SERVING="$(SERVING)" $(BIN)/python -m pytest tests/serving -p no:xdist -rs

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow"

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.base
	$(BIN)/python -m bench.folder
	$(BIN)/python -m bench.residency
	$(BIN)/python -m bench.reel
	$(BIN)/python -m bench.worker

bench-desk: $(VENV)/.base
	$(BIN)/python -m bench.desk --rivals "$(RIVALS)"

screenshots: $(VENV)/.base
	$(BIN)/python docs/screens/shoot.py

snapshots: $(VENV)/.dev
	REELTUI_SNAPSHOTS=accept $(BIN)/python -m pytest tests/test_desk_snapshots.py

# A stamp for each set of packages: a second call installs nothing.
$(VENV)/.base: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $@ $(VENV)/.base

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "reeltui needs Python 3.11 or 3.12 with venv (Debian: apt install python3-venv); or: make PYTHON=/path/to/python3.12" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

clean:
	rm -rf $(VENV) $(SERVING) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
