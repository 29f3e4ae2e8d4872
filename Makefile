# `make run`, `make check` and `make test` do everything from a bare clone; see README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed

.PHONY: setup run q2a q2b gallery check lint test test-oldest benchmark time-to-quality soak refresh-constraints clean

setup: $(READY)

run: $(READY)
	$(BIN)/python q1_bump/adam_max_h.py
	$(BIN)/python q2_autoencoder/train.py --latent 256

# Question 2(a): three latent dimensions over SEEDS seeds, their evaluation and comparison.
# `make q2b RESUME=--resume` goes on where it was broken off, and leaves what is finished.
SEEDS ?= 3
RESUME ?=
DIMENSIONS := 2 16 256
TRAIN = $(BIN)/python q2_autoencoder/train.py --num-seeds $(SEEDS) $(RESUME)
q2a: $(READY)
	for latent in $(DIMENSIONS); do \
	  $(TRAIN) --latent $$latent && \
	  $(BIN)/python q2_autoencoder/eval.py --latent $$latent --num-seeds $(SEEDS) || exit; \
	done
	$(BIN)/python q2_autoencoder/compare.py --latents $(DIMENSIONS) --num-seeds $(SEEDS)

# Question 2(b): the same with dis_net, going on from the plain runs of `make q2a`, which is called
# where its results are missing. The variants are those of q2_autoencoder/config.py.
# A run that fails (status 3) is counted by the comparison and stops nothing here.
ADVERSARIAL = $(BIN)/python q2_autoencoder/train_adversarial.py --num-seeds $(SEEDS)
q2b: $(READY)
	test -f results/q2_autoencoder/comparison-mnist-l1/comparison.json || $(MAKE) q2a
	for latent in $(DIMENSIONS); do \
	  $(TRAIN) --latent $$latent --loss mse || exit; \
	  $(ADVERSARIAL) --latent $$latent --variants comparison $(RESUME) || test $$? -eq 3 || exit; \
	done
	$(BIN)/python q2_autoencoder/compare_adversarial.py --latents $(DIMENSIONS) --num-seeds $(SEEDS)
	$(ADVERSARIAL) --latent 16 --variants ablation --resume || test $$? -eq 3
	$(BIN)/python q2_autoencoder/adversary_weight.py --latent 16 --num-seeds $(SEEDS)

# The figures and numbers that README and docs/ show.
gallery: q2a q2b
	$(BIN)/python q2_autoencoder/train.py --latent 30 --loss mse --epochs 10
	$(BIN)/python q1_bump/adam_max_h.py
	$(BIN)/python q1_bump/gradient_descent.py
	$(BIN)/python q1_bump/adam_max_h.py --optimizer all
	$(BIN)/python q1_bump/illustrate.py
	$(BIN)/python q1_bump/phase_diagram.py
	$(BIN)/python -m publish.gallery
	$(BIN)/python -m publish.ledger

# The fast loop: style, import rules, types, and the tests that take no seconds each.
check: lint
	$(BIN)/python -m pytest -q -m "not slow"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright

# The whole suite, as plain `pytest` runs it.
test: $(READY)
	$(BIN)/python -m pytest

# The whole suite with the oldest versions that requirements.txt admits.
OLDEST := .venv-oldest
test-oldest: $(OLDEST)/.installed
	$(OLDEST)/bin/python -m pytest

# Ratios, measured side by side in one run, and what each choice of the network is worth.
benchmark: $(READY)
	$(BIN)/python benchmarks/phase_diagram.py
	$(BIN)/python benchmarks/certificate.py
	$(BIN)/python benchmarks/train_step.py
	$(BIN)/python benchmarks/tsne.py
	$(BIN)/python benchmarks/ablation.py

# Seconds to the test L1 of the recipe before it was made faster; half an hour for each seed.
PYTHAE := .venv-pythae
time-to-quality: $(READY) $(PYTHAE)/.installed
	$(BIN)/python benchmarks/time_to_quality.py --pythae $(PYTHAE)/bin/python

# Kills runs at random instants, resumes them and compares them bit by bit (a quarter of an hour).
soak: $(READY)
	$(BIN)/python benchmarks/soak.py

$(READY): requirements.txt constraints.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -r requirements.txt -c constraints.txt
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
	$(BIN)/python -m pip install --quiet -r requirements.txt
	( echo "# Made by 'make refresh-constraints'; used by make and CI."; \
	  $(BIN)/python -m pip freeze --exclude-editable ) > constraints.txt
	touch $(READY)

clean:
	rm -rf $(VENV) $(OLDEST) $(PYTHAE)
