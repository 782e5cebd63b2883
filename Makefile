# Works as the first command on Debian with Python 3.11 or later, make and python3-venv.

PYTHON ?= python3
VENV := .venv
# What goes into it: the source tree, or a wheel (`.ci/run`).
PACKAGE := --editable .
PEERS := .venv-peers
DOCS := .venv-docs
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# What Debian calls all that the tests use beyond Python. Without it they pass too, and leave some out.
SYSTEM := softhsm2 chromium nodejs php-cli curl default-jdk-headless openssl procps util-linux strace fonts-noto-core fonts-noto-cjk xkb-data libxkbcommon0

.PHONY: demo test test-web page system lint bench legibility peers recipes docs vectors names keyboards languages venue-kit conformance-kit phone-pictures differential wheel wheel-without-page clean
.DELETE_ON_ERROR:

demo: $(READY)
	@rm -rf demo
	@$(BIN)/idcard demo --out demo
	@echo 'Here, idcard is $(BIN)/idcard.'

test: $(READY)
	@$(BIN)/pytest -n auto -m "not slow" --record=build/test.log $(ARGS)

# The verifier in JavaScript and the page (web/): types, then tests.
test-web: web/node_modules/.ready
	@cd web && ./with-node $(abspath $(BIN))/python npm run --silent check
	@cd web && ./with-node $(abspath $(BIN))/python npm test --silent
	@web/with-node $(abspath $(BIN))/python $(BIN)/idcard conformance --program "node web/verify/src/conformance.js"

# The page for phones, into idcard/page, from which `idcard phone-page` makes a city's. The same sources give the same bytes.
page: web/node_modules/.ready
	@$(BIN)/python web/page/catalogues.py web/page/build/catalogues
	@cd web && ./with-node $(abspath $(BIN))/python node page/build.mjs $(abspath idcard/page)

# The verifiers in Python and JavaScript are asked the same million codes and 20,000 trust files: some twenty minutes on
# two cores. ARGS="--codes 10000 --files 500 --seed 2" for others.
differential: web/node_modules/.ready
	@PYTHONPATH=tests $(BIN)/python -m differential $(ARGS)

web/node_modules/.ready: web/package-lock.json | $(READY)
	@cd web && ./with-node $(abspath $(BIN))/python npm ci --silent
	@touch $@

system:
	@command -v apt-get >/dev/null || \
		{ echo 'idcard: this is for Debian and its kin; elsewhere, install what is like $(SYSTEM)' >&2; exit 2; }
	@set --; for package in $(SYSTEM); do \
		dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || set -- "$$@" $$package; done; \
	test $$# -eq 0 && exit; \
	sudo=; test "$$(id -u)" -eq 0 || sudo=sudo; \
	$$sudo apt-get update -qq && \
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$$@"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/validate-pyproject pyproject.toml
	rm -rf build/packages
	$(BIN)/python -m build --no-isolation --outdir build/packages . >/dev/null
	$(BIN)/twine check --strict build/packages/*
	$(BIN)/check-wheel-contents build/packages/*.whl

# Writes docs/performance.md. ARGS=--brief only shows that each of them works, and writes nothing.
bench: $(READY)
	@PYTHONPATH=benchmarks:tests $(BIN)/python -m speed $(ARGS)

# How often our codes are read from bad pictures, beside others of the same printed size; takes a quarter of an hour.
legibility: $(READY)
	@PYTHONPATH=benchmarks:tests $(BIN)/python -m legibility $(ARGS)

# For three systems and four versions of Python; ARGS="--here" makes one for this computer alone.
venue-kit: $(READY)
	rm -rf build/venue-kit
	mkdir -p build
	$(BIN)/python kit/build.py build/venue-kit $(ARGS)

# Vectors, specification and runner for whoever writes another verifier, into build/conformance-kit.
conformance-kit: $(READY)
	@rm -rf build/conformance-kit
	@$(BIN)/python kit/conformance/build.py build/conformance-kit

# Rewrites specs/vectors; a test compares.
vectors: $(READY)
	@PYTHONPATH=tests $(BIN)/python -m support.vectors

# Rewrites the list of public names; a test compares.
names: $(READY)
	@PYTHONPATH=tests $(BIN)/python -m support.public_names

# Draws the pictures of docs/phone.md from the page as it runs, in Chromium.
phone-pictures: page
	@PYTHONPATH=tests $(BIN)/python -m support.phone_pictures

# Rewrites the table of keyboards from xkb-data where that is installed, and the one in JavaScript from it; tests compare.
keyboards: $(READY)
	@PYTHONPATH=tests $(BIN)/python -m support.keyboards

# New sentences into the catalogues, and the catalogues into what gettext reads; a test compares.
CATALOGUES := idcard/languages
languages: $(READY)
	$(BIN)/pybabel -q extract -k translatable -k counted:1,2 -F $(CATALOGUES)/babel.cfg --no-wrap --sort-output --omit-header \
		--add-location=file -o $(CATALOGUES)/idcard.pot idcard cli/idcard_cli web/page/src
	$(BIN)/pybabel -q update --no-wrap --no-fuzzy-matching --ignore-obsolete -D idcard \
		-i $(CATALOGUES)/idcard.pot -d $(CATALOGUES)
	$(BIN)/pybabel -q compile -D idcard -d $(CATALOGUES)

# The frameworks of docs/recipes.md: dozens of packages, which only their tests use.
recipes: $(READY)
	@$(BIN)/python -m pip install --quiet --group recipes

# The reference of what is public, from its docstrings, into build/reference: a warning is an error.
docs: $(DOCS)/.ready
	$(DOCS)/bin/python -m sphinx -W --keep-going -q -E -b html docs/reference build/reference

# python-cwt and pycose need an older cbor2 than this project, so they live by themselves.
peers: $(PEERS)/.ready

# The source distribution, and the wheel made from it; both with the page for phones, as they are released.
wheel: page
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist .

# The same of a clone that has no Node, and so no page.
wheel-without-page: $(READY)
	rm -rf dist idcard/page
	$(BIN)/python -m build --no-isolation --outdir dist .

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo 'idcard: Python 3.11 or later is missing (Debian: apt install python3); or name one: make PYTHON=...' >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo 'idcard: the venv module is missing (Debian: apt install python3-venv)' >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet $(PACKAGE)'[cli,scan,desk,hsm,print,cluster]' --group dev
	@touch $@

$(PEERS)/.ready: tests/peers/requirements.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(PEERS)/bin/python -m pip install --quiet --requirement tests/peers/requirements.txt
	@touch $@

$(DOCS)/.ready: pyproject.toml
	$(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(DOCS)/bin/python -m pip install --quiet --editable '.[scan,service]' --group docs
	@touch $@

clean:
	rm -rf $(VENV) $(PEERS) $(DOCS) .venv-wheel build dist demo *.egg-info web/node_modules web/page/build idcard/page
