# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0

.DEFAULT_GOAL := help
.PHONY: help setup demo peers test bench lint format typecheck clean distclean

# More words for the program that a target runs: make demo ARGS="--json out.json", make test ARGS="-k motion"
ARGS ?=
export PYTHON

help: ## this list
	@echo "smart_cell: a robot cell that welds, on ROS 2. Two commands do everything:"
	@echo
	@echo "  make demo    sets up what is missing, then welds 3 car bodies in the simulated demo cell"
	@echo "  make test    sets up what is missing, builds with colcon, runs all tests"
	@echo
	@echo "The first run loads ROS 2 Jazzy into .venv (3 to 5 minutes); with a ROS 2 environment sourced that one is used."
	@echo "Options for what is run go into ARGS:   make demo ARGS=\"--json out.json\"   make test ARGS=\"-k motion\""
	@echo "Another Python for .venv:               make setup PYTHON=python3.12"
	@echo
	@echo "All targets:"
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make everything ready to run; without change it takes no time
	@tools/setup

demo: setup ## run the demo cell: 3 bodies of two variants, five times as fast as real time
	@tools/run smart_cell run config/demo_cell.yaml --order sedan:2 --order wagon:1 --speed 5 $(ARGS)

peers: setup ## install the libraries that tests and benchmarks compare with
	@tools/setup_peers

test: peers ## build with colcon and run all tests
	@tools/test $(ARGS)

bench: peers ## time kinematics, motion and clearance beside the libraries of others
	@tools/run python bench/motion.py $(ARGS)

lint: setup ## check style and layers (ruff, import-linter)
	@tools/run ruff check .
	@tools/run ruff format --check .
	@tools/run lint-imports --no-logo

format: setup ## put the code into the standard format (ruff)
	@tools/run ruff check --fix-only --quiet .
	@tools/run ruff format .

typecheck: setup ## check types (mypy --strict)
	@tools/run mypy

clean: ## remove what builds and tests leave behind; .venv stays
	rm -rf build install log .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info

distclean: clean ## remove .venv too: the next run sets everything up again
	rm -rf .venv .setup.lock
