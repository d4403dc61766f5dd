# Each target sets up what it needs, from pinned and hashed requirements, with nothing but Python 3.11 or newer and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links
# `make requirements UPGRADE=--upgrade` takes the newest of everything.
UPGRADE ?=
# In how many processes the suite runs: `make test PROCESSES=0` runs it in one, in which a debugger can stop.
PROCESSES ?= 2

EXPLORER := app/portal/explorer
BUILT := app/portal/built/page.html

# The environment is ours alone: what a shell has activated or set must not leak into it.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV
export PIP_REQUIRE_VIRTUALENV := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help demo serve explorer test check format generate bench audit requirements clean

help: ## say all this
	@echo "Pedigree: which production models were trained on this dataset?"
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "Nothing needs to be done before any of them: the first run makes $(VENV)."

demo: $(VENV)/runtime.stamp ## ask the headline question of the sample inventory, over HTTP, and show the answer
	@$(BIN)/python -m samples.demo

serve: $(VENV)/runtime.stamp ## serve the same inventory, with a page to open, until Ctrl-C
	@if ! command -v node >/dev/null || ! command -v npm >/dev/null; then \
		echo "The explorer is not built, since there is no Node with npm: without it the page at /graphql needs the internet."; \
	elif ! $(MAKE) --silent explorer; then \
		echo "The explorer is not built, for the reason above: without it the page at /graphql needs the internet."; \
	fi
	@$(BIN)/python -m samples.serve

explorer: $(BUILT) ## build the page at /graphql, so that it works without the internet (needs Node 20 or newer)

test: $(VENV)/dev.stamp ## run the whole suite, on the embedded engine and on every real server that can be had
	$(BIN)/python -m pytest -n $(PROCESSES) --dist loadscope --cov --cov-report=term $(ARGS)

check: $(VENV)/dev.stamp ## lint, format, types, imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

format: $(VENV)/dev.stamp ## set the code in the house's form
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

generate: $(VENV)/dev.stamp ## make schema.graphql, docs/graph.md and docs/access.md anew; the suite fails where they differ
	$(BIN)/pedigree schema > $(VENV)/schema.graphql
	mv $(VENV)/schema.graphql graph_schema/schema.graphql
	$(BIN)/python -m graph_schema.reference > $(VENV)/graph.md
	mv $(VENV)/graph.md docs/graph.md
	$(BIN)/pedigree schema --access > $(VENV)/access.md
	mv $(VENV)/access.md docs/access.md

bench: $(VENV)/dev.stamp ## measure against the goals and the peers, and write docs/performance.md with its pictures
	@$(BIN)/python -m tests.bench $(ARGS)

audit: $(VENV)/dev.stamp ## ask for the known holes of what is pinned (needs the package index)
	$(BIN)/pip-audit --strict --disable-pip --require-hashes --requirement requirements/dev.txt
	$(BIN)/pip-audit --strict --disable-pip --require-hashes --requirement requirements/mlflow-server.txt
	$(BIN)/pip-audit --strict --disable-pip --require-hashes --requirement requirements/portal-client.txt
	$(BIN)/pip-audit --strict --disable-pip --require-hashes --requirement requirements/ml-metadata.txt

# The narrower files are cut from the widest, so that all of them agree on every version.
requirements: $(VENV)/dev.stamp ## pin requirements/*.in anew (all to the newest: UPGRADE=--upgrade)
	$(COMPILE) $(UPGRADE) requirements/dev.in --output-file requirements/dev.txt
	$(COMPILE) --constraint requirements/dev.txt requirements/runtime.in --output-file requirements/runtime.txt
	$(COMPILE) $(UPGRADE) requirements/mlflow-server.in --output-file requirements/mlflow-server.txt
	$(COMPILE) $(UPGRADE) requirements/portal-client.in --output-file requirements/portal-client.txt
	$(COMPILE) $(UPGRADE) requirements/ml-metadata.in --output-file requirements/ml-metadata.txt

clean: ## remove the environment, the built explorer and what tools left behind
	rm -rf $(VENV) $(dir $(BUILT)) $(EXPLORER)/node_modules .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.*

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("Pedigree needs Python 3.11 or newer, and $(PYTHON) is %d.%d. Name another: make PYTHON=python3.12" % v[:2])'
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

# The lock file names no address: npm asks the registry of whoever runs it, and takes what has the hash that was locked.
$(BUILT): $(filter-out %/node_modules,$(wildcard $(EXPLORER)/*)) $(EXPLORER)/.npmrc app/portal/example.graphql
	@command -v npm >/dev/null || { echo "The explorer is built by Node and npm, and there is no npm here." >&2; exit 1; }
	@echo "Building the explorer ..."
	@cd $(EXPLORER) && npm ci --loglevel=error && node build.mjs

# A stamp is older than its requirement file when that changed: then, and only then, the environment is brought up to it.
$(VENV)/runtime.stamp: requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Pedigree needs ..."
	@$(INSTALL) --require-hashes --requirement requirements/runtime.txt
	@$(INSTALL) --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Pedigree and its tests need ..."
	@$(INSTALL) --require-hashes --requirement requirements/dev.txt
	@$(INSTALL) --no-build-isolation --editable .
	@touch $@ $(VENV)/runtime.stamp
