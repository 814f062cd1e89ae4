# What each target does: `make help`. Needs GNU make and Python 3.11 or newer; all else goes into .venv.
SHELL = /bin/sh
MAKEFLAGS += --no-print-directory --no-builtin-rules
VENV = .venv
BIN = $(VENV)/bin
PIP = -m pip --disable-pip-version-check
LANGUAGES = fr es
CATALOGUES = hub/translations
SIZES = 1000 10000 100000
WHOOSH3 = $(VENV)/whoosh3
ENGINE_TESTS = tests/test_engine_contract.py tests/test_engine_contract_records.py tests/test_reference.py \
  tests/test_store.py tests/test_build.py tests/test_agreement.py tests/test_columns.py tests/test_segments.py

# Tests run on all processors: threads of the library below numpy would only wait for each other there.
ALONE = OPENBLAS_NUM_THREADS=1

# $(call quietly,WHAT,COMMAND): say what is done; show what the command printed only when it failed.
quietly = @echo '$(1)'; printed=$$($(2) 2>&1) || { printf '%s\n' "$$printed"; exit 1; }

.DEFAULT_GOAL = help
.PHONY: help run test lint coverage format lock translations evaluation bench clean

help:
	@echo 'make run            install what the hub needs, build the index, serve the hub and print its address'
	@echo 'make test           install what the tests need (a browser too), then lint, type check and test'
	@echo 'make lint           lint, formatting, types and layers only'
	@echo 'make coverage       run the tests once more and say which lines none of them reaches'
	@echo 'make format         format the Python files and the records'
	@echo 'make translations   bring the catalogues to the strings in the code, and compile them'
	@echo 'make lock           write constraints.txt anew with the newest versions that pyproject.toml allows'
	@echo 'make bench          measure the hub beside other search engines (SIZES="1000 10000": fewer records)'
	@echo 'make evaluation     measure how right the suggested tags are, and write corpus/tagging/EVALUATION.md'
	@echo 'make clean          remove all that the other targets made (.venv, index, caches); instance/demand stays'
	@echo 'HUB_PORT=8080 make run listens elsewhere; README.md lists all settings.'

run: $(VENV)/.run-installed
	@echo 'Bringing the index to the state of the corpus'
	@$(BIN)/indexer build
	@test "$$HUB_CURATE" = on || echo 'To curate on pages: .venv/bin/hub user add NAME, then HUB_CURATE=on HUB_SECRET_KEY=$$(openssl rand -hex 32) make run'
	@exec $(BIN)/hub run

test: lint $(WHOOSH3)/.installed
	@scripts/browser.sh
	@echo 'Testing'
	@$(ALONE) $(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder
	@echo 'Testing the engine with the other distribution of Whoosh that it has to work with'
	@$(ALONE) WHOOSH=3.54.0 PYTHONPATH=$(WHOOSH3) $(BIN)/pytest -n auto -p no:cacheprovider $(ENGINE_TESTS)

lint: $(VENV)/.test-installed
	$(call quietly,Linting,$(BIN)/ruff check)
	$(call quietly,Checking the formatting,$(BIN)/ruff format --check)
	$(call quietly,Checking the types,$(BIN)/mypy)
	$(call quietly,Checking the layers,$(BIN)/lint-imports --no-cache)

coverage: $(VENV)/.test-installed
	@scripts/browser.sh
	@$(BIN)/pytest -n auto --dist loadfile --cov --cov-report=term

format: $(VENV)/.test-installed
	$(call quietly,Formatting the Python files,$(BIN)/ruff check --fix-only && $(BIN)/ruff format)
	$(call quietly,Formatting the records,$(BIN)/hub corpus format)

$(BIN)/python:
	@scripts/venv.sh $(VENV)

$(VENV)/.run-installed: pyproject.toml constraints.txt | $(BIN)/python
	$(call quietly,Installing the hub with the versions in constraints.txt (the first time takes a minute),\
	  $(BIN)/python $(PIP) install -c constraints.txt -e .)
	@touch $@

$(VENV)/.test-installed: pyproject.toml constraints.txt | $(BIN)/python
	$(call quietly,Installing the hub and its tests with the versions in constraints.txt (the first time takes a minute),\
	  $(BIN)/python $(PIP) install -c constraints.txt -e '.[test]')
	@touch $@ $(VENV)/.run-installed

$(VENV)/.bench-installed: pyproject.toml constraints.txt | $(BIN)/python
	$(call quietly,Installing the hub and the engines it is measured beside (the first time takes a minute),\
	  $(BIN)/python $(PIP) install -c constraints.txt -e '.[bench]')
	@touch $@ $(VENV)/.run-installed

# Laid beside, not over, the installed Whoosh: PYTHONPATH says which one is meant.
$(WHOOSH3)/.installed: tests/whoosh3.txt $(VENV)/.test-installed
	$(call quietly,Fetching the other distribution of Whoosh,\
	  $(BIN)/python $(PIP) install --no-deps --require-hashes --upgrade --target $(WHOOSH3) -r tests/whoosh3.txt)
	@touch $@

# With the oldest Python that has to work, Debian 12's 3.11.2: newer ones can use what fits it, not the other way round.
lock:
	@echo 'Looking for the newest versions in a clean environment (takes a minute)'
	@clean=$$(mktemp -d) && trap 'rm -rf "$$clean"' EXIT && \
	PYTHON="$${PYTHON:-/usr/bin/python3}" scripts/venv.sh "$$clean/venv" && \
	"$$clean/venv/bin/python" $(PIP) --quiet install -e '.[test]' && \
	"$$clean/venv/bin/python" $(PIP) freeze \
	  --exclude-editable --exclude pip --exclude setuptools --exclude wheel > "$$clean/versions" && \
	{ echo '# Made by `make lock`: the versions that `make run` and `make test` install.'; \
	  LC_ALL=C sort -f "$$clean/versions"; } > constraints.txt

# No line numbers and no new dates go into the catalogues, so that a change shows only the strings that changed.
translations: $(VENV)/.test-installed
	@echo 'Bringing the catalogues in $(CATALOGUES) to the strings in the code'
	@template=$$(mktemp) && trap 'rm -f "$$template"' EXIT && mkdir -p $(CATALOGUES) && \
	$(BIN)/pybabel --quiet extract -F babel.cfg --no-location --project knowledge-hub --version interface \
	  --header-comment '# Strings of the interface; `make translations` brings them up to date.' -o "$$template" . && \
	for language in $(LANGUAGES); do \
	  $(BIN)/pybabel --quiet update -i "$$template" -d $(CATALOGUES) -l $$language --init-missing \
	    --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date -w 100 || exit 1; \
	  sed -i -E '/^"(Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By)/d' \
	    $(CATALOGUES)/$$language/LC_MESSAGES/messages.po; \
	done
	@$(BIN)/pybabel --quiet compile -d $(CATALOGUES)

evaluation: $(VENV)/.run-installed
	@$(BIN)/indexer tag train
	@$(BIN)/indexer evaluate tags --second tests/data/second-reading.json --report corpus/tagging/EVALUATION.md

bench: $(VENV)/.bench-installed
	@benchmarks/xapian.sh
	@$(BIN)/python -m benchmarks $(SIZES)

clean:
	@echo 'Removing .venv, caches, build products and all of instance but instance/demand; corpus and code stay'
	@find instance -mindepth 1 -maxdepth 1 ! -name demand -exec rm -rf {} + 2>/dev/null; \
	rmdir instance 2>/dev/null; rm -rf $(VENV) build *.egg-info .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find hub indexer tests benchmarks -name __pycache__ -prune -exec rm -rf {} +
