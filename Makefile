# `make run` and `make test` do everything from a bare clone; see README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed

.PHONY: run q2a q2b test benchmark soak lint gallery refresh-constraints clean

run: $(READY)
	$(BIN)/python q1_bump/adam_max_h.py
	$(BIN)/python q2_autoencoder/train.py --latent 256

# Question 2(a): the three sizes over SEEDS seeds, their evaluation and comparison.
# `make q2b RESUME=--resume` goes on where it was broken off, and leaves what is finished.
SEEDS ?= 3
RESUME ?=
SIZES := 2 16 256
q2a: $(READY)
	for latent in $(SIZES); do \
	  $(BIN)/python q2_autoencoder/train.py --latent $$latent --seeds $(SEEDS) $(RESUME) && \
	  $(BIN)/python q2_autoencoder/eval.py --latent $$latent --seeds $(SEEDS) || exit; \
	done
	$(BIN)/python q2_autoencoder/compare.py --latents $(SIZES) --seeds $(SEEDS)

# Question 2(b): the same with dis_net, going on from the plain trainings of `make q2a`, which is
# run where its results are missing.
# A seed that falls apart (status 3) is counted by the comparison and stops nothing here.
define against
	$(BIN)/python q2_autoencoder/train_adversarial.py --seeds $(SEEDS) $(RESUME) $(1) || test $$? -eq 3

endef
q2b: $(READY)
	test -f results/q2_autoencoder/comparison-mnist-l1/comparison.json || $(MAKE) q2a
	for latent in $(SIZES); do \
	  $(BIN)/python q2_autoencoder/train.py --latent $$latent --loss mse --seeds $(SEEDS) $(RESUME) || exit; \
	done
	$(foreach latent,$(SIZES),$(call against,--latent $(latent) --adversary none))
	$(foreach latent,$(SIZES),$(call against,--latent $(latent) --adversary none --loss mse))
	$(foreach latent,$(SIZES),$(call against,--latent $(latent) --adversary four-step))
	$(foreach latent,$(SIZES),$(call against,--latent $(latent) --adversary three-step))
	$(foreach latent,$(SIZES),$(call against,--latent $(latent) --adversary four-step --loss mse))
	$(BIN)/python q2_autoencoder/compare_adversarial.py --latents $(SIZES) --seeds $(SEEDS)
	$(call against,--latent 16 --apart)
	$(call against,--latent 16 --adversary three-step --apart)
	$(call against,--latent 16 --score-weight 0)
	$(call against,--latent 16 --score-weight 0.02)
	$(call against,--latent 16 --score-weight 0.1)
	$(call against,--latent 16 --feature-weight 0)
	$(BIN)/python q2_autoencoder/adversary_weight.py --latent 16 --seeds $(SEEDS)

test: $(READY)
	$(BIN)/python -m pytest

# Ratios, measured side by side in one run, and what each choice of the network is worth.
benchmark: $(READY)
	$(BIN)/python benchmarks/phase_diagram.py
	$(BIN)/python benchmarks/certificate.py
	$(BIN)/python benchmarks/train_step.py
	$(BIN)/python benchmarks/tsne.py
	$(BIN)/python benchmarks/ablation.py

# Kills trainings at random instants, resumes them and compares them bit by bit (a quarter of an hour).
soak: $(READY)
	$(BIN)/python benchmarks/soak.py

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# The pictures and numbers that README shows.
gallery: q2a q2b
	$(BIN)/python q2_autoencoder/train.py --latent 30 --loss mse
	$(BIN)/python q1_bump/adam_max_h.py
	$(BIN)/python q1_bump/gradient_descent.py
	$(BIN)/python q1_bump/adam_max_h.py --optimizer all
	$(BIN)/python q1_bump/illustrate.py
	$(BIN)/python q1_bump/phase_diagram.py
	$(BIN)/python -m publish.gallery
	$(BIN)/python -m publish.ledger

$(READY): requirements.txt constraints.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -r requirements.txt -c constraints.txt
	touch $@

# Install the newest versions that requirements.txt admits and pin them.
refresh-constraints:
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet -r requirements.txt
	( echo "# Made by 'make refresh-constraints'; used by make and CI."; \
	  $(BIN)/python -m pip freeze --exclude-editable ) > constraints.txt
	touch $(READY)

clean:
	rm -rf $(VENV)
