# Run `make help` for the list of targets.
PYTHON ?= python3
export FILE
export PATH := $(CURDIR)/.venv/bin:$(PATH)
INSTALL := pip install --quiet --disable-pip-version-check

.PHONY: all test check fix accept bench clean help

all: .venv/private .venv/compiled ## sets up .venv on the first run, runs the pipeline, and says where the report lies; FILE=customers.csv reads yours first
	@test -z "$$FILE" || python stages/adopt.py "adopt.file=$$FILE" adopt.choose=true
	@test ! -e dvc.lock -o -s dvc.lock || git checkout -q -- dvc.lock || rm dvc.lock  # empty after a killed run
	dvc repro
	@python -m segmentation.pages.closing

test: .venv/test-ready .venv/compiled ## runs the tests, side by side on two processes
	pytest

check: .venv/test-ready ## checks the format and style of the code, and changes nothing
	ruff format --check .
	ruff check .

fix: .venv/test-ready   ## mends what `make check` finds, as far as a tool can
	ruff check --fix --exit-zero .
	ruff format .

accept: .venv/ready     ## keeps the current model as the reference for next month's segments
	cp data/model.json conf/reference/model.json
	@echo "Accepted. With cluster.reference: conf/reference/model.json in params.yaml its segments keep their numbers and"
	@echo "names; commit both."

bench: .venv/test-ready ## measures the sweep of K beside other libraries
	python benchmarks/sweep.py

clean:                  ## removes .venv and caches; keeps customers, results and settings
	rm -rf .venv .pytest_cache .ruff_cache dvc_plots *.egg-info build
	find . -path ./.git -prune -o -name __pycache__ -prune -exec rm -rf {} +

help:                   ## lists these targets
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-12s %s\n", $$1, $$2 }'

.venv/ready: requirements.lock pyproject.toml
	@command -v git > /dev/null || { echo "Git is needed: install it, then run make again" >&2; exit 1; }
	@git rev-parse --git-dir > /dev/null 2>&1 || \
		{ echo "This folder is no Git repository, and DVC needs one: run \`git init\` here, then make again" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=python3.11" >&2; exit 1; }
	@echo "Installing $$(cut -d= -f1 requirements.lock | sort -u | wc -l) packages into .venv, once: about a minute and a half, and 1.3 GB"
	$(PYTHON) -m venv .venv
	$(INSTALL) -r requirements.lock
	$(INSTALL) --no-deps --editable .
	@touch $@

# DVC unpickles what lies in this cache, which else is a folder where everybody may write (CVE-2025-69872).
.venv/private: .venv/ready
	@[ -n "$$DVC_SITE_CACHE_DIR$$(dvc config core.site_cache_dir)" ] || { \
		cache="$${XDG_CACHE_HOME:-$$HOME/.cache}/dvc-private" && mkdir -p "$$cache" && chmod 700 "$$cache" && \
		dvc config --quiet --local core.site_cache_dir "$$cache"; }
	@touch $@

.venv/compiled: .venv/ready segmentation/elbow/joining.py segmentation/features/compiled.py $(wildcard segmentation/kmeans/*.py)
	@python -m segmentation.elbow.precompile
	@touch $@

.venv/test-ready: .venv/ready requirements-test.lock
	@echo "Installing the test tools into .venv, once: about half a minute, and 0.6 GB"
	$(INSTALL) -r requirements-test.lock
	@touch $@
