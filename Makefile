# `make demo` and `make test` set up what they need, say what is missing, and work offline the second time.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
MODEL ?= qwen2.5-coder-1.5b
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup page demo test smoke lint screenshots clean

help:
	@echo "make demo   set up and run: a demo world on a real Prometheus, the service, the chat page"
	@echo "make test   set up what the tests need and run them"
	@echo "make smoke  ask the twelve questions of eval/datasets/smoke.yaml and compare with the right answers"
	@echo "make lint   ruff and mypy"
	@echo "make page   build the chat page"
	@echo "make screenshots  take the pictures of the page anew, of a running make demo"
	@echo "make setup  the virtual environment, Prometheus, the chat page, the model file and the index, alone"

setup: .venv/.installed .tools/.prometheus page model index

# The lock file pins every package; the project itself is installed editable.
.venv/.installed: pyproject.toml requirements.lock
	@./setup/python.sh "$(PYTHON)"
	@touch $@

.tools/.prometheus:
	@./setup/prometheus.sh
	@touch $@

# The chat page is built when its sources changed, and its packages are fetched when their lock file did.
PAGE := $(shell find web/chat -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/screenshots/*')

page: web/chat/dist/index.html

web/chat/node_modules/.installed: web/chat/package-lock.json | .venv/.installed
	@./setup/npm.sh ci --silent
	@touch $@

web/chat/dist/index.html: web/chat/node_modules/.installed $(PAGE)
	@./setup/npm.sh run --silent build

.PHONY: model index
model: .venv/.installed
	@$(BIN)/text2promql models path $(MODEL) >/dev/null 2>&1 || $(BIN)/text2promql models pull $(MODEL)

index: .venv/.installed
	@$(BIN)/text2promql build >/dev/null

demo: setup
	@$(BIN)/text2promql demo

.tools/.chromium:
	@./setup/chromium.sh
	@touch $@

.PHONY: test-setup
test-setup: .venv/.installed .tools/.prometheus .tools/.chromium page
	@$(MAKE) --no-print-directory model MODEL=qwen2.5-coder-0.5b

test: test-setup lint
	./setup/npm.sh test
	$(BIN)/python -m pytest

lint: .venv/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

smoke: setup
	$(BIN)/text2promql eval run smoke --report .tools/smoke

# The README's pictures of the page, of a running `make demo`.
screenshots: .venv/.installed .tools/.chromium
	$(BIN)/python setup/screenshots.py

clean:
	rm -rf .venv .tools web/chat/node_modules web/chat/dist
