# `make setup` does all the set-up; the other targets call it first.
PYTHON ?= python3
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help setup test check quick lint types changed-types unit test-turns test-pairs rehearse bench golden docs lock wheel clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## the environment (.venv) and the Pulumi CLI, any number of times
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "make setup: $(PYTHON) is missing: install Python 3.11 or newer, or name one with 'make PYTHON=...'." >&2; exit 1; }
	@$(PYTHON) -m toolchain

test: lint ## lint, types and every test
	@$(MAKE) --no-print-directory -j2 types unit

check: lint ## lint, the types of what has changed and of all that imports it, and the unit tests, in about a minute
	@$(MAKE) --no-print-directory -j2 changed-types quick

quick: setup
	@.venv/bin/pytest --quiet -n 2 --hypothesis-profile=quick -m "not slow" \
	  tests/sop tests/policies tests/golden tests/components tests/scripts

lint: setup
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --quiet --check .
	@.venv/bin/lint-imports --no-cache >/dev/null || .venv/bin/lint-imports --no-cache

	@.venv/bin/actionlint
	@.venv/bin/zizmor --quiet --offline --config .github/zizmor.yml .github

types: setup
	@.venv/bin/python -m toolchain.pyright --all

changed-types: setup
	@.venv/bin/python -m toolchain.pyright

# three on two cores: end-to-end tests often wait
unit: setup
	@.venv/bin/pytest --quiet -n 3 --dist loadgroup

test-turns: setup ## every test begun half a second before a turn of minute, hour, day and year
	@.venv/bin/pytest --quiet -n 2 --dist loadgroup --begin 2025-12-31T23:59:59.5

test-pairs: setup ## two faults at once, of every two kinds: none is a PASS; about five minutes
	@.venv/bin/pytest --quiet -n 2 tests/e2e/pairs.py

rehearse: setup ## the whole procedure on the sandbox, through the real Pulumi engine
	@.venv/bin/python -m sandbox.rehearsal

bench: setup ## speed, as ratios: against the SOP's commands, at scale, with a slow API
	@.venv/bin/python -m benchmarks

golden: setup ## rewrite the golden plans, and who may deploy them, after a wanted change
	@.venv/bin/python -m tests.golden --update
	@.venv/bin/python -m components.deployers --reference docs/reference

docs: setup ## write docs/reference/ and Pulumi.yaml's config again after a command, a check, a grant or a key has changed
	@.venv/bin/python -m tests.documents.commands >docs/reference/commands.md
	@.venv/bin/release checks --reference >docs/reference/checks.md
	@.venv/bin/python -m components.reference
	@.venv/bin/python -m components.deployers --reference docs/reference

lock: setup ## resolve pyproject.toml again into requirements.txt, and the command's part of it, with hashes
	@.venv/bin/uv pip compile --quiet --universal --python-version=3.11 --generate-hashes --group=dev --output-file=requirements.txt pyproject.toml

	@.venv/bin/uv pip compile --quiet --universal --python-version=3.11 --generate-hashes --no-annotate --constraint=requirements.txt --output-file=requirements-release.txt pyproject.toml

wheel: setup ## the release command as dist/*.whl, which the runner installs; the same bytes from the same commit
	@rm -rf dist
	@SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) .venv/bin/hatchling build -t wheel -d dist >/dev/null

clean: ## remove the environment; the built Pulumi CLI stays in the user's cache
	@test ! -x .venv/bin/sandbox || .venv/bin/sandbox down
	@rm -rf .venv .pytest_cache .ruff_cache .hypothesis
