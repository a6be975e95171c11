.DEFAULT_GOAL := help
.PHONY: help setup run test lint format docs pr bench clean lock \
  proof-engines proof-fhir proof-search proof-stage proof-store proof-interactions proof-requests proof-validation

PYTHON ?= python3
BIN := .venv/bin

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: .venv/.installed ## Install everything into .venv, from the lock file

# The lock's own uv does the installing: one resolve, hashes checked. It trusts what the machine
# trusts, such as a company's proxy.
.venv/.installed: export UV_SYSTEM_CERTS ?= true
.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Hearth needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12" >&2; exit 2; }
	@echo "installing into .venv: a minute or so, the first time"
	@# Without Debian's python3-venv a venv is left that has Python and no pip.
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@grep -A 30 '^uv==' requirements.lock | sed '/^    # via/q' > .venv/uv.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock \
	  || { echo "If packages come from a mirror here, name it to uv too: export UV_DEFAULT_INDEX=https://..." >&2; exit 2; }
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@# Compiled once here, also where the environment forbids Python to do it by itself: what the
	@# stages' programs and policies import, and what `hearth up` starts.
	@PYTHONDONTWRITEBYTECODE= $(BIN)/hearth check --stage prod >/dev/null 2>&1 || true
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -c 'import boto3, hearth_local.provider, ministack.app as m; print(m.__path__[0] if hasattr(m, "__path__") else m.__file__.rpartition("/")[0], end="\0")' \
	  | xargs -0 $(BIN)/python -m compileall -q -j 0
	@$(BIN)/python -m compileall -q cli components lambda_src local policies
	@touch $@

run: setup ## Bring up the stage `local` on this machine, until Ctrl-C
	@$(BIN)/hearth up

test: setup ## Run the tests
	@$(BIN)/python -m pytest -rs

lint: setup ## Check style, types and that the reference pages are up to date
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m hearth_docs --check

format: setup ## Put the code into the house format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: setup ## Write the reference pages from what they describe
	@$(BIN)/python -m hearth_docs

bench: setup ## Print the figures of the benchmarks
	@$(BIN)/python -m benchmarks.stage
	@$(BIN)/python -m benchmarks.crud
	@$(BIN)/python -m benchmarks.transactions
	@$(BIN)/python -m benchmarks.costs
	@$(BIN)/python -m benchmarks.fhirpath
	@$(BIN)/python -m benchmarks.validation
	@$(BIN)/python -m benchmarks.search

pr: lint test proof-engines ## All that CI runs

# The full proofs take minutes; `make test` runs a slice of each. They go on where they stopped.
SEED ?= 1

proof-engines: setup ## Both Pulumi engines on the local AWS, and the stage by each (needs Go)
	@$(BIN)/python -m pytest -m slow tests/hearth_local/provider

proof-fhir: setup ## Every official example: its JSON, and R4's own rules on it
	@$(BIN)/python -m tests.proof.suite fhir --seed $(SEED)

proof-search: setup ## The engines beside the naive search, and through losses (needs Java, Maven)
	@$(BIN)/python -m tests.proof.suite search --seed $(SEED)

proof-stage: setup ## A stage that is killed, refilled and repaired
	@$(BIN)/python -m tests.proof.suite stage --seed $(SEED)

proof-store: setup ## Kills, faults and races of the store, with a report (needs Java)
	@$(BIN)/python -m tests.proof.store --seed $(SEED)

proof-interactions: setup ## Kills at every AWS call of every interaction, with a report (needs Java)
	@$(BIN)/python -m tests.proof.interactions --seed $(SEED)

proof-requests: setup ## Twenty thousand mutated requests
	@$(BIN)/python -m tests.proof.requests --count 20000 --seed $(SEED)

proof-validation: setup ## The validator beside HAPI, HL7's cases, hostile bodies (needs Java, Maven)
	@$(BIN)/python -m tests.proof.validation --seed $(SEED)

lock: ## Resolve the dependencies again
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --all-extras \
	  --quiet --upgrade --output-file requirements.lock pyproject.toml

clean: ## Remove what was built and cached; the stages' data stays
	@rm -rf build .mypy_cache .pytest_cache .ruff_cache .hypothesis
