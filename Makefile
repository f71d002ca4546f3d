# Everything a newcomer needs: `make run` opens the app, `make test` runs the tests.
# A virtual environment in .venv is made once and renewed when the locked requirements change.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= 2

.PHONY: help setup setup-run run data check fix test chromium lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | \
	  awk -F'|' '{ printf "  make %-10s %s\n", $$1, $$2 }'

setup: ## environment with the tools of development
	@bash .ci/setup.sh "$(PYTHON)" "$(VENV)" requirements-dev.txt

setup-run:
	@bash .ci/setup.sh "$(PYTHON)" "$(VENV)" requirements.txt

run: setup-run ## the app on http://localhost:8501, with the embedded data
	@$(BIN)/revital run

data: setup-run ## build the data pack from the folder named by REVITAL_INPUTS
	@$(BIN)/revital build

test: setup chromium ## all tests; browser tests run where Chromium is found
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

check: setup ## all checks; edits nothing, runs them all before failing
	@failed=""; \
	step() { printf '── %s\n' "$$1"; shift; "$$@" || failed="$$failed [$$1 $${2:-}]"; }; \
	step "format" $(BIN)/ruff format --check .; \
	step "lint" $(BIN)/ruff check .; \
	step "types" $(BIN)/mypy; \
	step "layers" $(BIN)/lint-imports; \
	step "thin pages" $(BIN)/python -m pytest -q tests/architecture; \
	step "catalogue, data, translations" $(BIN)/revital check; \
	if [ -n "$$failed" ]; then echo "Failed:$$failed"; exit 1; fi; echo "All checks pass."

fix: setup ## format and mend what can be mended by itself
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

chromium:
	@bash .ci/chromium.sh

lock: setup ## renew requirements.txt and requirements-dev.txt from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --python-version 3.11 --universal --generate-hashes \
	  --no-header --quiet --output-file requirements.txt
	@$(BIN)/uv pip compile pyproject.toml --extra dev --python-version 3.11 --universal \
	  --generate-hashes --no-header --quiet --constraint requirements.txt \
	  --output-file requirements-dev.txt

clean: ## remove the environment and what tools left behind
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
