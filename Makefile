# SPDX-License-Identifier: GPL-3.0-or-later
# The commands of this checkout. "make" alone lists them.
PYTHON ?= python3
INVENTORY ?= inventories/local
# More for ansible-playbook or pytest: make deploy ARGS="--check --diff", make test ARGS="-k keys"
ARGS ?=
# Of make litellm: the version, and the day whose packages it takes.
VERSION ?=
AS_OF ?=

# The tools of .venv first; the set-up itself runs with the caller's own Python. Ansible wants a UTF-8 locale.
RUN := PATH="$(CURDIR)/.venv/bin:$$PATH" LC_ALL=C.UTF-8

# What shares a gateway in one process, from the beginning; all else in two others, as much of it is waiting.
PARALLEL := -n 3 --no-loadscope-reorder

# Kept, because otherwise each task compiles its plugins anew.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev deploy verify test test-all lint format docs bench litellm lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | while IFS='|' read -r target text; do printf '  make %-10s %s\n' "$$target" "$$text"; done

setup: ## make .venv with what a deploy needs
	@$(PYTHON) scripts/setup.py deploy

setup-dev: ## make .venv with what the tests need as well
	@$(PYTHON) scripts/setup.py dev

deploy: setup ## deploy what the inventory says: make deploy [INVENTORY=inventories/lan]
	@$(RUN) ansible-playbook site.yml -i $(INVENTORY) $(ARGS)

verify: setup ## prove once more, over the real protocol, what the inventory says
	@$(RUN) ansible-playbook playbooks/verify.yml -i $(INVENTORY) $(ARGS)

test: setup-dev ## run the tests, beside a deployed gateway and without touching it
	@$(RUN) python -m pytest $(PARALLEL) $(ARGS)

test-all: setup-dev ## run all the tests, the long ones too
	@$(RUN) python -m pytest --all $(PARALLEL) $(ARGS)

lint: setup-dev ## run the checks alone that need no gateway: style, documentation, sanity, packaging
	@$(RUN) python -m pytest tests/tooling $(PARALLEL) $(ARGS)

format: setup-dev ## put Python files into the project's format
	@$(RUN) ruff check --fix . && $(RUN) ruff format .

docs: setup-dev ## make the documentation's site in build/docs/html
	@$(RUN) python scripts/site.py

bench: setup-dev ## take the benchmarks and write them to docs/bench.md: make bench [ARGS="deploy ..."]
	@$(RUN) python bench/run.py $(ARGS)

litellm: setup-dev ## add a version of LiteLLM, and say what a person has to decide: make litellm VERSION=1.108.7
	@$(RUN) python scripts/add_litellm.py $(VERSION) $(AS_OF)

lock: setup-dev ## lock the versions of requirements/*.in again
	@$(RUN) python scripts/lock.py

clean: ## remove what these targets made in the checkout (what is deployed stays)
	rm -rf .venv build .cache .ansible .pytest_cache .ruff_cache .hypothesis tests/output mcp_lan-litellm-*.tar.gz
	find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
