# `make help` lists what there is. Needs Python 3.11 or later and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Tests that hold a part of the house to the code, and run without a history of their own.
COMPLETENESS := tests/catalogue tests/test_command_table.py tests/test_documentation.py tests/test_names.py \
	tests/eventstore/test_stored_examples.py tests/projections/test_golden_history.py tests/api/test_operations.py \
	tests/api/test_specification.py tests/database/test_migrations.py tests/domain/request/test_state_guards.py \
	tests/domain/request/machine/test_request_machine.py::test_the_machine_sends_every_command_of_the_law \
	tests/api/test_access.py::test_every_route_has_one_row \
	tests/api/test_cost_of_routes.py::test_the_table_of_costs_holds_every_route_that_is_not_counted_at_the_desk

.DEFAULT_GOAL := help
.PHONY: help chromium demo open test prove rule missing serve bench lint format docs site catalogues corpus picture constraints release audit clean

help:  ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 14

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# One stamp per set of dependencies: what is there already is not installed again.
$(VENV)/run.stamp: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/test.stamp: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	@touch $@ $(VENV)/run.stamp

$(VENV)/lint.stamp: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test,lint]'
	@touch $@ $(VENV)/test.stamp $(VENV)/run.stamp

$(VENV)/site.stamp: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[site]'
	@touch $@ $(VENV)/run.stamp

$(VENV)/release.stamp: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test,release]'
	@touch $@ $(VENV)/test.stamp $(VENV)/run.stamp

# A letter with an untranslated sentence is written in English only, with a warning; `make lint` fails on it.
demo open serve: export DSR_DEVELOPMENT := yes
demo: $(VENV)/run.stamp  ## run twelve cases and two matters over HTTP in ./demo-data, replay, compare, let dates go by
	$(BIN)/dsr demo

# Tests of the pages drive a real browser. `make help` lists only what people call.
chromium:
	@test -x /usr/bin/chromium || { \
		if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
		else \
			echo "The tests drive Chromium at /usr/bin/chromium: install it, e.g. with: sudo apt-get install chromium" >&2; \
			exit 1; \
		fi; }

# Tests start many processes, and each would compile the service again. A file stays in one process, so that what its
# tests share is made once; who is done takes the next file, the longest first (tests/longest.py). Tests wait for other
# processes a third of their time: four processes keep two cores busy. What stands above the database runs on one of the
# two; CI runs the rest besides (tests/one_database.py).
test: export PYTHONDONTWRITEBYTECODE :=
test: export DSR_TEST_DATABASES ?= one
test: $(VENV)/test.stamp chromium  ## run all tests, each on SQLite or on a real PostgreSQL, or on both
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

# The same tests as in CI, with more rounds, cases and seeds (tests/proving.py); they say at the end how many.
PROOFS := tests/domain/request/machine tests/domain/export/test_export_machine.py \
	tests/desk/test_service_machine.py tests/desk/test_delivering.py tests/desk/test_forgeries.py tests/desk/test_bundle_mutations.py tests/evidence/test_verifier_deadlines.py \
	tests/test_scheduler.py tests/load/test_killed_processes.py tests/load/test_two_processes.py \
	tests/mailbox/test_hostile_grammar.py tests/mailbox/test_learned_reader.py tests/desk/test_hostile_mail.py tests/backup/test_drills.py \
	tests/api/test_generated_requests.py tests/backup/test_large_restore.py \
	tests/with_servers/test_failing_disk.py tests/with_servers/test_failing_over.py \
	tests/load/test_sessions_that_end.py tests/with_servers/test_steady_traffic.py \
	tests/with_servers/test_two_versions.py \
	tests/with_servers/test_outages.py tests/desk/test_matter_machine.py tests/backup/test_forgotten.py tests/desk/test_forgotten_canaries.py \
	tests/policies/test_tell_who_is_waited_for.py tests/api/console/test_every_page_in_browser.py \
	tests/api/console/test_hostile_input.py tests/api/console/test_triage_by_keyboard.py tests/api/console/test_journeys.py \
	tests/desk/test_forgetting_races.py tests/desk/test_forgetting_killed.py tests/desk/test_matter_notices.py

open: $(VENV)/run.stamp  ## look at what the demo left, in a browser: prints a link that signs you in
	$(BIN)/dsr demo --open

prove: export PYTHONDONTWRITEBYTECODE :=
prove: $(VENV)/test.stamp  ## run the random and the killing tests for an hour or two, and count what they did
	DSR_TEST_PROVE=yes $(BIN)/python -m pytest -n 2 --dist worksteal $(PROOFS)

rule: $(VENV)/test.stamp  ## run the tests of one rule in half a minute: NAME=extension
	$(BIN)/python -m tests.rule $(NAME)

serve: $(VENV)/run.stamp  ## serve on SQLite in ./dsr-data; prints the URL and, once, a first token
	$(BIN)/dsr serve --init

missing: $(VENV)/test.stamp  ## name what a new guard, command, event, route or column still lacks
	$(BIN)/python -m pytest -q --tb=short --show-capture=no $(COMPLETENESS)

bench: $(VENV)/test.stamp  ## measure ratios in one run, on SQLite and PostgreSQL; AGAINST=<commit> compares with it
	$(BIN)/python -m benchmarks $(if $(AGAINST),--against $(AGAINST))

lint: $(VENV)/lint.stamp  ## ruff, mypy --strict, import-linter, gaps in the catalogues
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m docs.catalogues --check

format: $(VENV)/lint.stamp  ## let ruff format and fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/test.stamp  ## write the reference pages from the code
	$(BIN)/python docs/generate.py

site: $(VENV)/site.stamp  ## write the documentation as a site with search, into build/site
	$(BIN)/mkdocs build --quiet

catalogues: $(VENV)/run.stamp  ## bring the catalogues up to date with the English texts
	$(BIN)/python -m docs.catalogues

corpus: $(VENV)/test.stamp  ## train the models that read letters on tests/corpora, and measure them
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[corpus]'
	$(BIN)/python -m tests.corpora.learn_meaning
	$(BIN)/python -m tests.corpora.measure

picture: $(VENV)/test.stamp chromium demo  ## take the pictures in README of what the demo leaves
	$(BIN)/python -m docs.picture

constraints:  ## write constraints.txt anew from the newest releases, in a fresh environment
	rm -rf $(VENV)-constraints && $(PYTHON) -m venv $(VENV)-constraints
	$(VENV)-constraints/bin/python -m pip install --quiet '.[test,lint,site,release]'
	$(VENV)-constraints/bin/python -m pip freeze --exclude data-subject-rights > constraints.txt
	rm -rf $(VENV)-constraints

# The bill lists what pip puts beside the wheel in an environment of its own, so that no tool of ours is on it.
release: $(VENV)/release.stamp  ## build wheel and source archive into dist, with a bill of materials (CycloneDX) and checksums
	rm -rf dist $(VENV)-release
	$(BIN)/python -m hatchling build -d dist
	$(PYTHON) -m venv --without-pip $(VENV)-release
	$(BIN)/python -m pip --python $(VENV)-release/bin/python install --quiet --constraint constraints.txt dist/*.whl
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
		-o "$$(echo dist/*.whl | sed 's/-py3-none-any.whl/.cdx.json/')" $(VENV)-release/bin/python
	rm -rf $(VENV)-release
	cd dist && sha256sum * > SHA256SUMS

# Asks the advisory database of the package index. AUDIT_ARGS=--dry-run asks nobody, and says how many it would ask for.
audit: $(VENV)/release.stamp  ## look for known vulnerabilities of all pinned packages; needs a network
	$(BIN)/pip-audit --requirement constraints.txt --no-deps --disable-pip $(AUDIT_ARGS)

clean:  ## remove the environment, caches and demo data
	rm -rf $(VENV) $(VENV)-release .venv-newest demo-data dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
