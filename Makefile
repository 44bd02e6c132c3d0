# Convolutional Networks from Scratch. `make help` lists the targets.
#
# Every target sets up the virtual environment .venv by itself, once, and again when a list of
# requirements changes. Choose another Python with `make book PYTHON=python3.12`.

# What is chosen counts where it is named to make. What the environment calls so is something else:
# Windows' NAME is that of the machine.
PYTHON := python3
PORT := 8000
NAME :=
UPGRADE :=

VENV := .venv
BIN := $(VENV)/bin
PAGES := _build/html
# Two lists, two stamps: reading the book needs no testing tools.
READY := $(VENV)/ready-to-read
READY_TO_TEST := $(VENV)/ready-to-test

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Pip, Matplotlib and Jupyter keep caches and settings at home. Where they cannot, they warn, on the
# pages of the book too.
ifneq ($(shell test -w "$$HOME" || echo no),)
  export HOME := $(CURDIR)/.cache/home
endif

.DEFAULT_GOAL := help
.PHONY: help book epub pdf serve lab test test-all lint test-library test-chapters test-browser data train bench \
        bugs screenshots lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { gsub(/\$$\(PAGES\)/, "$(PAGES)"); printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- reading ---------------------------------------------------------------------------------

book: $(READY) ## build the book: $(PAGES)/index.html
	@$(BIN)/jupyter-book build --warningiserror --keep-going --quiet .
	@echo "The book is built. Open $(CURDIR)/$(PAGES)/index.html"

epub: $(READY) ## make the book for e-readers, and offer it on the first page
	@$(BIN)/jupyter-book build --builder custom --custom-builder epub --warningiserror --keep-going --quiet .
	@$(MAKE) --no-print-directory book

pdf: $(READY_TO_TEST) ## make the book for paper, A4 and Letter, and offer it on the first page
	@$(BIN)/python -m tests.browser
	@$(BIN)/jupyter-book build --builder custom --custom-builder pdf --warningiserror --keep-going --quiet .
	@$(BIN)/python -m book.print_pdf
	@$(MAKE) --no-print-directory book

serve: book ## build the book and serve it on this machine (PORT=8000)
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory $(PAGES) $(PORT)

lab: $(READY) ## open the chapters in JupyterLab
	$(BIN)/jupyter lab --config book/lab/jupyter_lab_config.py

# --- testing ---------------------------------------------------------------------------------

# Each process of the tests computes on one thread, and there are as many as cores. With worksteal
# each keeps to neighboring tests, which share what is costly: a page in the browser, CIFAR-10.
PYTEST = OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 VECLIB_MAXIMUM_THREADS=1 \
  $(BIN)/python -m pytest --numprocesses logical --maxprocesses 8 --dist
# Whole test sets take minutes, and `make test` asks for the answers to their first pictures.
LEFT_OUT = -m "not whole"

test: lint test-library test-chapters test-browser ## run every test but those on whole test sets

test-all: LEFT_OUT =
test-all: test ## run every test there is

lint: $(READY_TO_TEST) ## check style and spelling
	$(BIN)/ruff check
	$(BIN)/codespell

test-library: $(READY_TO_TEST) ## test the library and its docstrings
	$(PYTEST) worksteal $(LEFT_OUT) --ignore=tests/book --ignore=tests/lab --ignore=tests/widgets --ignore=tests/explore

test-chapters: $(READY_TO_TEST) ## run every chapter as its reader would
	$(PYTEST) loadfile --nbval-lax chapters

test-browser: $(READY_TO_TEST) book ## read the built book and run JupyterLab in Chromium
	$(BIN)/python -m tests.browser
	$(PYTEST) worksteal $(LEFT_OUT) tests/widgets tests/explore tests/book tests/lab

screenshots: $(READY_TO_TEST) book ## picture every page: light, dark and narrow
	$(BIN)/python -m tests.book.screenshots

bugs: $(READY_TO_TEST) ## plant mistakes in a copy of the library: does a test notice each?
	$(BIN)/python -m tests.planted_bugs

# --- measuring -------------------------------------------------------------------------------

data: $(READY) ## download the 70,000 digits of MNIST
	$(BIN)/python -m lib.datasets fetch mnist

train: $(READY) ## train a network of the book (NAME=mlp); without NAME list them
	$(BIN)/python -m lib.trained $(or $(NAME),--list) || { status=$$?; test $$status -ne 1 || \
	  echo "If it is MNIST that is missing: make data" >&2; exit $$status; }

bench: $(READY_TO_TEST) ## measure the library's speed
	$(BIN)/python -m benchmarks

# --- maintaining -----------------------------------------------------------------------------

# The pins hold for every system and every Python from 3.11 on. UPGRADE=--upgrade takes newer ones.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate

lock: $(READY_TO_TEST) ## pin what pyproject.toml asks for in requirements*.txt
	$(BIN)/python -m pip install --quiet uv
	echo '-e .[book]' | $(COMPILE) $(UPGRADE) --output-file requirements.txt -
	grep == requirements.txt > .lock
	$(COMPILE) $(UPGRADE) --extra dev --extra parallel --constraints .lock \
	  --output-file requirements-dev.txt pyproject.toml
	@# Of the second list, keep what is not in the first one already.
	{ echo '-r requirements.txt'; \
	  awk -F == 'NR == FNR { seen[$$1]; next } !($$1 in seen)' .lock requirements-dev.txt; } > .lock.dev
	mv .lock.dev requirements-dev.txt
	rm .lock
	sed -i.bak '1i\
	# Written by `make lock`: what pyproject.toml asks for, pinned, with everything it needs.' \
	  requirements.txt requirements-dev.txt
	rm requirements.txt.bak requirements-dev.txt.bak

clean: ## remove everything that make made
	rm -rf $(VENV) _build convnets_from_scratch.egg-info .cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the virtual environment -----------------------------------------------------------------

# Its scripts name the folder that it was made in: one that was copied or moved would run what lies
# in the other folder.
MADE_IN := $(VENV)/made-in
ifneq ($(wildcard $(VENV)/.),)
  ifneq ($(shell cat $(MADE_IN) 2> /dev/null),$(CURDIR))
    STALE := $(VENV) was not made in this folder
  else ifneq ($(shell test -x $(BIN)/python && echo yes),yes)
    STALE := the Python that $(VENV) was made with is gone
  else ifeq ($(origin PYTHON),command line)
    WHICH := import sys; print(sys.version, sys.base_prefix)
    ifneq ($(shell $(PYTHON) -c '$(WHICH)' 2>&1),$(shell $(BIN)/python -c '$(WHICH)' 2>&1))
      STALE := $(VENV) was made with another Python than $(PYTHON)
    endif
  endif
endif
ifdef STALE
.PHONY: $(BIN)/python
$(READY) $(READY_TO_TEST): $(BIN)/python
endif

$(BIN)/python:
	@command -v $(PYTHON) > /dev/null || \
	  { echo "There is no $(PYTHON) here. Install Python 3.11 or newer, or name one:" \
	         "make book PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "The book needs Python 3.11 or newer; $(PYTHON) is `$(PYTHON) --version 2>&1`." \
	         "Name another one: make book PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || \
	  { echo "$(PYTHON) cannot make virtual environments." \
	         "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "$(if $(STALE),$(STALE): making it anew,Making $(VENV))"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@pwd -P > $(MADE_IN)

# Pip names each package; every 25th is enough to show that it goes on.
define install
@echo "Installing what is needed into $(VENV): a minute or two, once"
@{ $(BIN)/python -m pip install --requirement $(1) || echo FAILED; } | { \
  count=0; \
  while read -r line; do \
    case $$line in \
      Collecting*|Processing*) count=$$((count + 1)); \
        test $$((count % 25)) -ne 0 || echo "  $$count packages of about $(2)";; \
      "Installing collected"*) echo "  unpacking $$count packages";; \
      FAILED*) exit 1;; \
    esac; \
  done; }
@# Matplotlib's first import looks through every font and says so; no chapter should show it.
@$(BIN)/python -c 'import matplotlib.font_manager'
endef

$(READY): requirements.txt pyproject.toml | $(BIN)/python
	$(call install,requirements.txt,150)
	@touch $@

$(READY_TO_TEST): requirements-dev.txt requirements.txt pyproject.toml | $(BIN)/python
	$(call install,requirements-dev.txt,175)
	@touch $(READY) $@
