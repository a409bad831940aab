# Everything a developer or CI does, by name. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RP     := $(BIN)/retail-platform

DAYS    ?= 7
ORDERS  ?= 2000
PROFILE ?= online
SEED    ?= 42
DAY     ?=
PORT    ?= 3000
DOCS_PORT ?= 8085
WORKERS ?= 2
COMPOSE_PROFILES ?= $(or $(shell sed -n 's/^COMPOSE_PROFILES=//p' .env 2>/dev/null),starrocks)
export COMPOSE_PROFILES

# Some machines say so for all of Python; each of the platform's processes would compile Dagster and dbt anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo dev generate init-db reset-db inspect test test-dbt-suite test-long lint types check bench up down logs docs checks clean rebuild lock

help: ## List these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1|\2/' | column -t -s '|'

# The environment lives in the checkout. uv is fetched into it by pip, so python3 and make are all a machine needs.
$(BIN)/uv:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else f"Python 3.11 to 3.13 is needed, {sys.executable} is {v[0]}.{v[1]}; name another one: make PYTHON=python3.12 setup")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check uv

$(VENV)/.runtime: $(BIN)/uv pyproject.toml constraints.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraints constraints.txt --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraints constraints.txt --editable '.[dev]'
	@touch $@

setup: $(VENV)/.dev ## Install everything a developer needs into .venv

demo: $(VENV)/.runtime ## From nothing to checked marts: make demo DAYS=7 ORDERS=2000
	@$(RP) demo --days $(DAYS) --orders $(ORDERS) --profile $(PROFILE) --seed $(SEED)

dev: $(VENV)/.runtime ## Warehouse, Dagster UI and daemon with both code locations; Ctrl-C stops all
	@$(RP) dev --port $(PORT)

generate: $(VENV)/.runtime ## Load what has happened today so far, or a day: make generate DAY=2026-11-20
	@$(RP) ingest $(if $(DAY),--day $(DAY)) --orders $(ORDERS) --profile $(PROFILE) --seed $(SEED)

init-db: $(VENV)/.runtime ## Create databases and raw tables
	@$(RP) init-db

reset-db: $(VENV)/.runtime ## Drop the platform's databases and create them empty: make reset-db YES=1
	@$(RP) reset-db $(if $(YES),--yes)

checks: $(VENV)/.runtime ## Publish the dashboard of all asset checks and print where it is
	@$(RP) checks

inspect: $(VENV)/.runtime ## Show every table with rows, newest day and version
	@$(RP) inspect

test: $(VENV)/.dev ## Run the tests CI runs
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m 'not slow and not dbt_suite and not cluster and not docker'

test-dbt-suite: $(VENV)/.dev ## Run dbt's own suites for adapters against the embedded warehouse
	$(BIN)/pytest -n $(WORKERS) --dist loadfile -m dbt_suite tests/starrocks/embedded/dbt_adapter

test-long: $(VENV)/.dev ## Run the long tests
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m 'slow and not dbt_suite and not cluster and not docker'

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

check: lint types test test-dbt-suite ## Lint, types and tests: what CI runs

docs: $(VENV)/.runtime ## Generate and serve the documentation of the dbt models; needs no warehouse
	@cd dbt && ../$(BIN)/dbt parse --quiet && ../$(BIN)/dbt docs generate --no-compile --empty-catalog --quiet && ../$(BIN)/dbt docs serve --port $(DOCS_PORT)

bench: $(VENV)/.dev ## Measure, side by side in one run
	$(BIN)/python -m benchmarks

up: ## Start the containers; with the embedded warehouse: make up COMPOSE_PROFILES=embedded
	docker compose up --detach
	docker compose exec -T webserver retail-platform doctor --check=code-locations --webserver-url=http://127.0.0.1:3000 --wait=180

down: ## Stop the containers; data stays in their volumes
	docker compose down

logs: ## Follow the containers' logs
	docker compose logs --follow

clean: ## Remove local state: warehouse, landing zone, Dagster instance, build output
	rm -rf .local dbt/target dbt/logs .pytest_cache .mypy_cache .ruff_cache .hypothesis

rebuild: clean ## Remove local state and the environment, then set up again
	rm -rf $(VENV)
	$(MAKE) setup

lock: $(BIN)/uv ## Resolve constraints.txt anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header --quiet --upgrade --output-file constraints.txt
