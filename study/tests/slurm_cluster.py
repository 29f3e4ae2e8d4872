"""A Slurm cluster of two virtual nodes on this machine, in a temporary folder, without accounting.

Needs root and Debian's packages slurm-wlm and munge (`make test-slurm` installs them).
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

CONFIGURATION_FILE = Path("/etc/slurm/slurm.conf")
NODES = ("n1", "n2")
SILENT = 10  # seconds without a word from a node, after which it is down and its jobs run elsewhere

CONFIGURATION = """
ClusterName=study
SlurmctldHost={host}
SlurmctldPort={controller}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
ReturnToService=2
SlurmdTimeout={silent}
KillWait=2
MinJobAge=300
{nodes}
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class Cluster:
    """The running cluster."""

    def __init__(self, folder: Path, stack: ExitStack):
        self.folder, self.stack = folder, stack
        self.daemons: dict[str, subprocess.Popen] = {}

    def start(self, name: str, *command: str) -> None:
        """Start a daemon in the foreground; it is stopped with the cluster."""
        with (self.folder / f"{name}.log").open("w") as log:
            daemon = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        self.daemons[name] = daemon
        self.stack.callback(stop, daemon)

    def answer(self, *command: str) -> str:
        """Return what one of Slurm's commands prints."""
        return subprocess.run(command, capture_output=True, text=True).stdout

    def kill_node(self, name: str) -> int:
        """Kill a node with all that runs on it, as a power cut does; return how many processes."""
        killed = 0
        daemon, jobs = self.daemons[name], self.answer("squeue", "-h", "-w", name, "-o", "%A")
        daemon.kill()
        for job in jobs.split():
            for process in processes_of(job):
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
                    killed += 1
        daemon.wait()
        return killed


def stop(daemon: subprocess.Popen) -> None:
    """Stop a daemon."""
    daemon.terminate()
    try:
        daemon.wait(10)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """Yield a running cluster of `NODES` with one processor each, and stop all of it afterwards."""
    ports = free_ports(1 + len(NODES))
    host = socket.gethostname()
    nodes = "\n".join(
        f"NodeName={name} NodeHostname={host} Port={port} CPUs=1 RealMemory=8000"
        for name, port in zip(NODES, ports[1:], strict=True)
    )
    content = CONFIGURATION.format(
        host=host, controller=ports[0], folder=folder, nodes=nodes, silent=SILENT
    )
    with configured(content), ExitStack() as stack:
        cluster = Cluster(folder, stack)
        (folder / "state").mkdir()
        key = folder / "munge.key"
        key.write_bytes(os.urandom(64))
        key.chmod(0o400)
        cluster.start(
            "munged",
            *("munged", "--foreground", "--force", f"--socket={folder}/munge.socket"),
            *(f"--key-file={key}", f"--pid-file={folder}/munge.pid"),
            *(f"--log-file={folder}/munge.log", f"--seed-file={folder}/munge.seed"),
        )
        wait_until((folder / "munge.socket").exists, "munged")
        cluster.start("slurmctld", "slurmctld", "-D", "-c")
        for name in NODES:
            cluster.start(name, "slurmd", "-D", "-N", name)
        wait_until(
            lambda: cluster.answer("sinfo", "-h", "-t", "idle", "-o", "%D") == "2\n", "nodes"
        )
        stack.callback(wait_until, lambda: not cluster.answer("squeue", "-h"), "end of the jobs")
        stack.callback(cluster.answer, "scancel", "--user=root")
        yield cluster


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("", 0))
        return [one.getsockname()[1] for one in sockets]


def wait_until(happens, what: str, seconds: float = 60) -> None:
    """Wait until `happens()` is true."""
    end = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > end:
            raise TimeoutError(f"no {what} within {seconds} s")
        time.sleep(0.2)


def processes_of(job: str) -> list[int]:
    """Return the processes of a Slurm job, by their environment or, Slurm's own, by their title."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            title = (path / "cmdline").read_bytes()
            variables = (path / "environ").read_bytes().split(b"\0")
        except OSError:  # it has ended
            continue
        if f"SLURM_JOB_ID={job}".encode() in variables or title.startswith(
            f"slurmstepd: [{job}.".encode()
        ):
            found.append(int(path.name))
    return found


@contextmanager
def configured(content: str) -> Iterator[None]:
    """Put Slurm's configuration where its commands look for it while they are run.

    Snakemake takes all of Slurm's variables out of a job's environment: SLURM_CONF, too.

    Raises:
        FileExistsError: this machine has a Slurm of its own, which is not touched.
    """
    CONFIGURATION_FILE.parent.mkdir(parents=True, exist_ok=True)
    with CONFIGURATION_FILE.open("x") as file:
        file.write(content)
    try:
        yield
    finally:
        CONFIGURATION_FILE.unlink()
