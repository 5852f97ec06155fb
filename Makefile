# Every target sets up what it needs in .venv with Python 3.11 or newer and pip.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help install demo test quick check lint types floors docs format browser soak bench package clean

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.base: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

install: $(VENV)/.dev ## everything, in .venv

demo: $(VENV)/.base ## one proposal from submitted to rewarded, then the log is verified
	@$(BIN)/workflow demo

test: $(VENV)/.dev ## all tests
	$(BIN)/python -m pytest -n auto

quick: $(VENV)/.dev ## the tests that take no time
	$(BIN)/python -m pytest -q -n auto -m 'not slow'

check: lint types floors test docs ## all that must pass before a change lands

lint: $(VENV)/.dev ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## mypy, strict
	$(BIN)/mypy

floors: $(VENV)/.dev ## imports go down only
	$(BIN)/lint-imports

docs: $(VENV)/.dev ## every example in README and docs is run, every command and key is documented
	$(BIN)/python -m pytest -q tests/test_docs*.py

format: $(VENV)/.dev ## let ruff put things right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

browser: ## a Chromium for the tests of the report, from Debian's packages, where there is none
	@for each in chromium chromium-browser google-chrome google-chrome-stable; do \
		command -v $$each >/dev/null && exit 0; done; \
	apt-get update -qq && apt-get install -y -qq chromium >/dev/null

soak: $(VENV)/.dev ## the long campaigns: kills, races, fuzzing
	$(BIN)/python -m pytest -q -n auto --databases serializable,partitioned tests
	$(BIN)/python -m pytest -q -n 1 tests/soak --soak

bench: $(VENV)/.dev ## speed as ratios, beside the floors
	$(BIN)/python -m benchmarks

package: $(VENV)/.dev ## wheel and sdist
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean: ## forget the environment and what was built
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
