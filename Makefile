# Everything people run here. Only Python >= 3.11 is needed; Docker for the full stack.
#   make up PROFILES=elk,zipkin     variables given here, in the environment or in .env all work

PYTHON     ?= python3
UV_VERSION := 0.13.8
VENV       := .venv
PY         := $(VENV)/bin/python
# The stamp's name carries the version, so that a new one is installed when the pin moves.
STAMP      := $(VENV)/.synced-by-uv-$(UV_VERSION)
ARGS       ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup up down logs lite load smoke-test incident secrets test test-long mutate-rules check lint images bench

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: $(STAMP) ## prepare .venv (every other target does it by itself)

up: $(STAMP) ## start the stack (PROFILES=elk,zipkin adds parts); without Docker the lite version
	@$(PY) -m commands.up

down: $(STAMP) ## stop what `make up` started (VOLUMES=1 deletes its data too)
	@$(PY) -m commands.down

logs: $(STAMP) ## show the last log lines (FOLLOW=1 goes on, SERVICE=loki picks one)
	@$(PY) -m commands.logs

lite: $(STAMP) ## run the lite version in the foreground: one process, no server, no Docker
	@$(PY) -m commands.lite

load: $(STAMP) ## send traffic to what runs: RATE=600 a minute, for DURATION=60 s, SEED=1
	@$(PY) -m commands.load

smoke-test: $(STAMP) ## prove that what runs works (SMOKE_QUICK=1: not the five minutes to resolved)
	@$(PY) -m commands.smoke_test

incident: $(STAMP) ## break one thing and watch it to its alert (NAME=tool_failure; without: the list)
	@$(PY) -m commands.incident

secrets: $(STAMP) ## random passwords and keys in .env, where the well-known ones are in use
	@$(PY) -m commands.random_secrets

test: $(STAMP) ## every test that can run here (REQUIRE_STACK=1: what is left out is a failure)
	@mkdir -p reports
	@$(PY) -m pytest --durations=10 --junitxml=reports/test.xml $(ARGS)

test-long: $(STAMP) ## soak, kill and volume runs: minutes to hours
	@mkdir -p reports
	@$(PY) -m pytest tests/long --durations=10 --junitxml=reports/test-long.xml $(ARGS)

mutate-rules: $(STAMP) ## change each alert rule wrongly and see that a case notices (RULE=part of a name)
	@$(PY) -m tests.mutation $(RULE)

lint: $(STAMP) ## ruff, its formatting, mypy
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy

check: lint ## what to run before every commit: lint, unit tests, configuration, rules
	@$(PY) -m pytest --quiet tests/unit tests/config tests/rules tests/alertmanager $(ARGS)

images: $(STAMP) ## build the servers' images here, where no image registry answers
	@$(PY) -m tests.images

bench: $(STAMP) ## what telemetry costs, against code by hand and other libraries (ARGS=--json)
	@UV_PROJECT_ENVIRONMENT=$(VENV)-bench UV_PYTHON_DOWNLOADS=never \
	  $(VENV)/bin/uv run --quiet --frozen --group bench python -m tests.bench $(ARGS)

# `python -m venv` brings pip, pip brings the pinned uv, uv brings what uv.lock names.
$(STAMP): pyproject.toml uv.lock
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "No '$(PYTHON)' found: install Python 3.11 or newer, or say make PYTHON=/path/to/python" >&2; \
	  exit 1; }
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit( \
	  "Python 3.11 or newer is needed, $(PYTHON) is %d.%d: say make PYTHON=/path/to/newer/python" \
	  % tuple(sys.version_info[:2]))'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  version=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	  echo "$(PYTHON) lacks the parts that make a virtual environment (venv, ensurepip)." >&2; \
	  echo "On Debian or Ubuntu: apt-get install python$$version-venv" >&2; \
	  exit 1; }
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || rm -rf $(VENV)
	@$(PY) -m pip --version >/dev/null 2>&1 || { \
	  echo "Making $(VENV) ..."; $(PYTHON) -m venv $(VENV); }
	@echo "Installing uv $(UV_VERSION) ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"
	@echo "Installing what uv.lock names ..."
	@UV_PROJECT_ENVIRONMENT=$(VENV) UV_PYTHON_DOWNLOADS=never $(VENV)/bin/uv sync --frozen
	@rm -f $(VENV)/.synced-by-uv-*
	@touch $@
