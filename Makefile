# Tiwizi. `make run` and `make test` are all a newcomer needs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PORT ?= 8000
PYTHON ?= python3
V := .venv/bin
export PYTHONPATH := $(CURDIR)
# Tests write thousands of small databases: in memory where the machine has such a folder.
MEMORY := $(firstword $(wildcard /dev/shm) /tmp)

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.venv/runtime: requirements/runtime.txt pyproject.toml
	test -x $(V)/python || $(PYTHON) -m venv .venv
	$(V)/pip install -q --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	$(V)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . 
	touch $@

.venv/develop: .venv/runtime requirements/develop.txt
	$(V)/pip install -q --disable-pip-version-check --require-hashes -r requirements/develop.txt
	touch $@

.venv/mutate: .venv/develop requirements/mutate.txt
	$(V)/pip install -q --disable-pip-version-check --require-hashes -r requirements/mutate.txt
	touch $@

env: .venv/runtime ## the environment alone, from the lock

run: .venv/runtime ## the demo on 127.0.0.1:8000 (PORT= changes it)
	TIWIZI_DEMO=1 TIWIZI_PUBLIC_URL=http://127.0.0.1:$(PORT) $(V)/tiwizi demo load
	TIWIZI_DEMO=1 TIWIZI_PUBLIC_URL=http://127.0.0.1:$(PORT) $(V)/tiwizi run --port $(PORT)

test: .venv/develop ## the tests on SQLite, without a browser (under 4 minutes)
	TMPDIR=$(MEMORY) $(V)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder tests

check: .venv/develop ## lint, format, types, walls, translations
	$(V)/ruff check .
	$(V)/ruff format --check -q .
	$(V)/mypy
	$(V)/lint-imports
	$(V)/python -m tests.house.translations

test-postgres: .venv/develop ## the service and engine suites on a temporary PostgreSQL
	TMPDIR=$(MEMORY) $(V)/python -m tests.postgres -q -n 2 --dist loadfile --no-loadscope-reorder tests

test-operating: .venv/develop ## the program as an operator starts it: servers, scripts, upgrades
	TMPDIR=$(MEMORY) $(V)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder tests -m "operating and not long"

e2e: .venv/develop ## the journeys in chromium, with and without script
	TMPDIR=$(MEMORY) $(V)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder tests/journeys/browser -m browser

test-long: .venv/develop ## the big counts
	TMPDIR=$(MEMORY) $(V)/pytest -q tests -m "not browser" --long

mutate: .venv/mutate ## small changes to PATHS: which does no test notice? (TESTS= and COUNT= narrow it)
	TMPDIR=$(MEMORY) $(V)/python -m tests.mutate $(PATHS) $(if $(TESTS),--tests $(TESTS)) $(if $(COUNT),--count $(COUNT))

bench: .venv/develop ## speed and memory on the large demo (DATABASE=postgresql prints PostgreSQL beside, ROUNDS=5)
	$(V)/python -m bench --database $(or $(DATABASE),sqlite) --rounds $(or $(ROUNDS),5)

lock: .venv/develop ## write the locks anew
	$(V)/pip install -q --disable-pip-version-check uv
	for set in runtime develop mutate scaled; do \
	  $(V)/uv pip compile -q --universal --python-version 3.11 --generate-hashes requirements/$$set.in -o requirements/$$set.txt || exit 1; \
	done

.PHONY: help env run test check test-postgres test-operating e2e test-long mutate bench lock
