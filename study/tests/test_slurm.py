"""study/digits.yaml on a Slurm cluster of two nodes, one of which dies in the middle.

`make test-slurm` installs what it needs and runs it; it takes minutes.
"""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared.files import PROJECT
from study.outcome import outcome as outcome_of
from study.tests import slurm_cluster
from study.tests.conftest import study

STUDY = PROJECT / "study" / "digits.yaml"
HERE = ("--slurm-no-account", "--slurm-status-command", "squeue")
QUICK = (
    *("--slurm-init-seconds-before-status-checks", "1", "--seconds-between-status-checks", "1"),
    *("--latency-wait", "5"),
)


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> Path:
    """The results of the study on this machine without a cluster."""
    results = tmp_path_factory.mktemp("local")
    outcome = study(STUDY, "--results", str(results))
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return results


def training_on(node: str) -> bool:
    """Say whether a training runs on a virtual node, by the environment of its process."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            line, variables = (path / "cmdline").read_bytes(), (path / "environ").read_bytes()
        except OSError:  # it has ended
            continue
        if b"/adversarial/" in line and f"SLURMD_NODENAME={node}".encode() in variables:
            return True
    return False


def test_a_node_dies_and_the_outcome_is_that_of_one_machine(local, tmp_path):
    results, log = tmp_path / "results", tmp_path / "study.log"
    command = [sys.executable, PROJECT / "study/run.py", STUDY, "--results", results]
    cluster_folder = tmp_path / "cluster"
    cluster_folder.mkdir()
    with slurm_cluster.running(cluster_folder) as cluster, log.open("w") as output:
        engine = subprocess.Popen(
            [*command, "--profile", "slurm", "--", *HERE, *QUICK],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            used = set()
            while len(list(results.glob("*/metrics.json"))) < 2:
                assert engine.poll() is None, log.read_text()
                used |= set(cluster.answer("squeue", "-h", "-t", "R", "-o", "%N").split())
                time.sleep(0.5)
            assert used == set(slurm_cluster.NODES)
            slurm_cluster.wait_until(lambda: training_on("n1"), "training on n1", seconds=400)
            assert cluster.kill_node("n1") > 1
            status = engine.wait(900)
        finally:
            engine.kill()
            engine.wait()
        assert "down" in cluster.answer("sinfo", "-h", "-n", "n1", "-o", "%T")
    assert status == 0, log.read_text()
    assert outcome_of(results) == outcome_of(local)
