# make: set up and run all · make test · make check · make fix · make accept · make bench
PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: all test check fix accept bench

all: .venv/ready
	dvc repro
	@python -m segmentation.figures.summary

test: .venv/ready
	pytest

check: .venv/ready
	ruff format --check .
	ruff check .

fix: .venv/ready
	ruff check --fix .
	ruff format .

accept: .venv/ready
	cp data/model.json conf/reference/model.json
	@echo "Accepted. With cluster.reference: conf/reference/model.json in params.yaml its segments keep their numbers and"
	@echo "names; commit both."

bench: .venv/ready
	python benchmarks/sweep.py

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	pip install --quiet --disable-pip-version-check -r requirements.lock
	pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@
