# `make run`, `make check` and `make test` do everything from a bare clone; see README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
STUDY_READY := $(VENV)/.study-installed
DEMO_READY := $(VENV)/.demo-installed
BROWSER_READY := $(VENV)/.browser-installed
NODE_READY := page/node_modules/.installed
INSTALL = $(BIN)/python -m pip install --quiet
DEBIAN := apt-get update -q && apt-get install -y -q --no-install-recommends

.PHONY: setup run q2a q2b gallery choose reports study-setup check lint test test-study test-slurm test-demo test-all test-oldest demo page page-picture lint-page test-page everything environment browser chromium benchmark time-to-quality soak refresh-constraints clean

setup: $(READY)

run: $(READY)
	$(BIN)/python q1_bump/adam_max_h.py
	$(BIN)/python q2_autoencoder/train.py --latent 256

# The assignment's study (study/assignment.yaml) as one graph of jobs, one to a core: Question 2(a),
# then the same with dis_net, then everything else, the gallery and the ledger. What is finished and
# up to date is left alone, what was broken off goes on. (Status 3: all is finished, and a training
# failed, which is a result, too.)
STUDY = $(BIN)/python study/run.py
q2a: $(STUDY_READY)
	$(STUDY) study/assignment.yaml q2a

q2b: $(STUDY_READY)
	$(STUDY) study/assignment.yaml q2b

gallery: $(STUDY_READY)
	$(STUDY) study/assignment.yaml all || [ $$? -eq 3 ]

# Draw a digit in the browser and see what your own runs make of it.
demo: $(DEMO_READY)
	$(BIN)/python q2_autoencoder/demo.py

# The search for the weights of dis_net, on validation images.
choose: $(STUDY_READY)
	$(STUDY) study/choose.yaml || [ $$? -eq 3 ]

# The reports' own designs, what mends them, and what each part of dis_net is worth.
reports: $(STUDY_READY)
	for one in report_000 report_002 parts report_002_long; do \
	    $(STUDY) study/$$one.yaml q2b || [ $$? -eq 3 ] || exit 1; \
	done

# The interactive page, one file, from finished runs and the gallery's records.
page: $(READY) $(NODE_READY)
	$(BIN)/python -m publish.page_data
	cd page && npm run --silent build -- ../results/gallery/page.html

# README's picture of it.
page-picture: chromium
	chromium --headless --no-sandbox --hide-scrollbars --window-size=1440,1000 \
	    --virtual-time-budget=5000 --screenshot=results/gallery/page.png \
	    file://$(CURDIR)/results/gallery/page.html

lint-page: $(NODE_READY)
	cd page && npm run --silent lint

# In a real browser (Debian's chromium, as root where it is missing).
test-page: $(BROWSER_READY) $(NODE_READY) chromium
	$(BIN)/pyright benchmarks/page.py page/tests
	$(BIN)/python -m pytest page/tests

# The engine of the studies, into the same environment.
study-setup: $(STUDY_READY)

# The tests of the studies, and a study on a Slurm cluster of two virtual nodes (Debian, as root).
test-study: $(STUDY_READY)
	$(BIN)/python -m pytest study/tests/test_study.py

test-slurm: $(STUDY_READY)
	command -v slurmctld munged > /dev/null || { $(DEBIAN) slurm-wlm munge; }
	$(BIN)/python -m pytest study/tests/test_slurm.py

# The demo in a real browser, Debian's chromium (installing it takes root), and its types. Node
# brings axe, which looks for what is inaccessible.
DEMO_CODE = q2_autoencoder/demo.py benchmarks/demo.py benchmarks/demo_browser.py tests/browser_demo.py
test-demo: $(DEMO_READY) $(BROWSER_READY) $(NODE_READY) chromium
	$(BIN)/pyright $(DEMO_CODE)
	$(BIN)/python -m pytest tests/browser_demo.py

# The fast loop: style, import rules, types, and the tests that take no seconds each.
check: lint
	$(BIN)/python -m pytest -q -m "not slow"

lint: $(STUDY_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright

# The whole suite, as plain `pytest` runs it.
test: $(READY)
	$(BIN)/python -m pytest

# All tests but the cluster's, over all cores at once: what CI runs, after `make everything`.
test-all: everything
	$(BIN)/python -m pytest tests tests/browser_demo.py study/tests/test_study.py page/tests

everything: environment browser

# All Python packages, in one environment.
environment: $(STUDY_READY) $(DEMO_READY) $(BROWSER_READY)

# What the tests in a browser need beside them; CI installs both at once.
browser: $(NODE_READY) chromium

chromium:
	command -v chromium > /dev/null || { $(DEBIAN) chromium; }

# The whole suite with the oldest versions that requirements.txt admits.
OLDEST := .venv-oldest
test-oldest: $(OLDEST)/.installed
	$(OLDEST)/bin/python -m pytest

# Ratios, measured side by side in one run, and what each choice of the network is worth.
benchmark: $(READY)
	$(BIN)/python benchmarks/phase_diagram.py
	$(BIN)/python benchmarks/certificate.py
	$(BIN)/python benchmarks/train_step.py
	$(BIN)/python benchmarks/step_profile.py
	$(BIN)/python benchmarks/dis_net_step.py
	$(BIN)/python benchmarks/tsne.py
	$(BIN)/python benchmarks/ablation.py

# Seconds to the test L1 of the recipe before it was made faster; half an hour for each seed.
PYTHAE := .venv-pythae
time-to-quality: $(READY) $(PYTHAE)/.installed
	$(BIN)/python benchmarks/time_to_quality.py --pythae $(PYTHAE)/bin/python

# Kills trainings and whole studies at random instants, goes on and compares bit by bit (half an hour).
soak: $(STUDY_READY)
	$(BIN)/python benchmarks/soak.py
	$(BIN)/python benchmarks/soak_study.py

$(READY): requirements.txt constraints.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) -r requirements.txt -c constraints.txt
	touch $@

$(STUDY_READY): $(READY) study/requirements.txt
	$(INSTALL) -r study/requirements.txt -c constraints.txt
	touch $@

$(DEMO_READY): $(READY) requirements-demo.txt
	$(INSTALL) -r requirements-demo.txt -c constraints.txt
	touch $@

$(BROWSER_READY): $(READY) tests/browser.txt
	$(INSTALL) -r tests/browser.txt -c constraints.txt
	touch $@

$(NODE_READY): page/package-lock.json
	command -v npm > /dev/null || { $(DEBIAN) npm; }
	cd page && npm ci --silent
	touch $@

$(OLDEST)/.installed: requirements.txt pyproject.toml
	$(PYTHON) -m venv --clear $(OLDEST)
	sed 's/>=/==/' requirements.txt > $(OLDEST)/oldest.txt
	sed -i 's|^-e .|-e $(CURDIR)|' $(OLDEST)/oldest.txt
	$(OLDEST)/bin/python -m pip install --quiet -r $(OLDEST)/oldest.txt
	touch $@

$(PYTHAE)/.installed: benchmarks/pythae.txt
	$(PYTHON) -m venv --clear $(PYTHAE)
	$(PYTHAE)/bin/python -m pip install --quiet -r benchmarks/pythae.txt
	$(PYTHAE)/bin/python -m pip install --quiet --no-deps pythae==0.1.2
	touch $@

# Install the newest versions that requirements.txt admits and pin them.
refresh-constraints:
	$(PYTHON) -m venv --clear $(VENV)
	$(INSTALL) -r requirements.txt -r study/requirements.txt \
	    -r requirements-demo.txt -r tests/browser.txt
	( echo "# Made by 'make refresh-constraints'; used by make and CI."; \
	  $(BIN)/python -m pip freeze --exclude-editable ) > constraints.txt
	touch $(READY)

clean:
	rm -rf $(VENV) $(OLDEST) $(PYTHAE) page/node_modules
