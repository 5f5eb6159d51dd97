# Everything that a person or a machine runs. Needs Python 3.11 or newer, and nothing else.

PYTHON ?= python3
VENV   ?= .venv
PY      = $(VENV)/bin/python
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test check bench prove lock vendor screenshots install-demo install-dev messages

help:
	@echo "make demo    start the product on this machine (LEDGER=FILE: on a retailer's ledger)"
	@echo "make test    run the tests"
	@echo "make check   style, types, architecture, migrations, lock, links"
	@echo "make bench   measure each job beside its raw SQL"
	@echo "make prove   the tests in full length, on PostgreSQL 18 and 16"
	@echo "make screenshots  the pictures of README and docs, from a running demo"

demo: install-demo
	@exec $(PY) manage.py up $(if $(LEDGER),--ledger $(LEDGER))

test: install-dev
	@$(PY) -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

check: install-dev
	$(PY) requirements/lock.py --check
	$(PY) requirements/vendor.py --check
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) manage.py check
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) .ci/templates.py
	$(PY) .ci/links.py

bench: install-dev
	@$(PY) -m bench $(ARGS)

# Races, crashes and fuzzing at full length; then all tests on the oldest PostgreSQL supported.
prove: install-dev
	OMNI_PROVE=1 OMNI_PG_MAJOR=18 $(PY) -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)
	OMNI_PG_MAJOR=16 $(PY) -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

# Takes newer versions; without UPGRADE only what pyproject.toml asks for.
lock: install-dev
	$(PY) requirements/lock.py $(if $(UPGRADE),--upgrade)

# What browsers load that is not ours, from its packages; results are committed.
vendor: install-dev
	$(PY) requirements/vendor.py

# Pictures of README and docs, from a demo that runs beside it (URL: its address).
screenshots: install-dev
	$(PY) .ci/screenshots.py $(URL)

messages: install-dev
	$(PY) manage.py makemessages --all --ignore=.venv --ignore=var

install-demo:
	@$(PYTHON) requirements/install.py $(VENV) requirements/demo.txt

install-dev:
	@$(PYTHON) requirements/install.py $(VENV) requirements/dev.txt
