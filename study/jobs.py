"""The jobs of a study: the plain command of each, what it needs, and what it is known by.

A job's key is a digest of its command, of the code behind its script, and of the keys of all jobs
that it needs. Where a marker with that key exists, and the results that it vouches for are as they
were, the job is done. Nothing else decides that: no times of files, no records of the engine.
"""

import hashlib
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from q2_autoencoder.config import AdversarialOptions, DisNetConfig, TrainingConfig
from q2_autoencoder.training import file_names
from q2_autoencoder.training.named_variants import PARTS
from shared.errors import BadInput
from shared.files import shown
from shared.settings import option_words
from study import digest
from study.settings import Run, Study

DONE = ".done"  # the folder of the markers, in that of the results
DRAWING = ("q2_autoencoder.plots", "shared.figures")  # changes no weight and no number
# The others need a processor alone.
ON_DEVICE = ("judges", "dis_net", "plain", "adversarial", "judge", "bootstrap", "blind_spots")
KINDS = (
    *ON_DEVICE,
    "evaluate",
    "compare",
    "compare_adversarial",
    "compare_parts",
    "choose",
    "rate_distortion",
    "cluster_all",
)
PUBLISHING = ("question1", "gallery", "ledger")
KEPT_BY_SCRIPT = (
    "judges",
    "dis_net",
    "judge",
)  # whose scripts take what is there, whatever made it


@dataclass(frozen=True, eq=False)
class Job:
    """One job.

    Attributes:
        kind: the rule that runs it.
        name: which of that kind it is.
        command: script and options, without those that say where it runs.
        needs: the jobs that must be done before.
        results: files by which its outcome is known, relative to the folder of the results; of two
            of which only one can exist, the other counts as absent.
        folder: what it writes to; jobs with the same one do not overlap.
    """

    kind: str
    name: str
    command: tuple[str, ...]
    needs: tuple["Job", ...]
    results: tuple[str, ...]
    folder: str

    @cached_property
    def key(self) -> str:
        """What it is known by."""
        without = DRAWING if self.is_training else ()
        parts = [*self.command, digest.digest(self.command[0], without)]
        parts += sorted(job.key for job in self.needs)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    @property
    def marker(self) -> str:
        """The file that says that it is done."""
        return f"{DONE}/{self.kind}/{self.name}.{self.key}"

    def left_by(self, results: Path) -> bool:
        """Say whether its results are in the folder `results`, those of this job or of another."""
        there = [(results / name).is_file() for name in self.results]
        return any(there) if self.kind == "adversarial" else all(there)

    @property
    def is_training(self) -> bool:
        """Whether it can be broken off and gone on with."""
        return self.kind in ("plain", "adversarial")


class Jobs:
    """All jobs of a study, by their markers, and those that each target asks for."""

    def __init__(self, study: Study, known: "dict[tuple[str, str], Job] | None" = None):
        """`known` are the jobs of a study with which this one shares its jobs."""
        self.study = study
        self._known: dict[tuple[str, str], Job] = {} if known is None else known
        self.q2a: list[Job] = []
        self.q2b: list[Job] = []
        for data in study.data:
            if study.rate_distortion:
                self.q2a.append(self._rate_distortion(data))
            elif study.weights:
                self.q2b.append(self._choice(data))
            else:
                self.q2a += self._question_2a(data)
                self.q2b += self._question_2b(data)
        self.q2b += [self.plain(run) for run in study.all_runs.values() if run.variant is None]
        self.published = self._publishing() if study.publish else []

    def targets(self, name: str) -> list[Job]:
        """Return all jobs of the target "q2a", "q2b" or "all", not only the last ones.

        The engine does not ask whether a job is done whose outcome nobody needs any more.
        """
        ends = {"q2a": self.q2a, "q2b": self.q2a + self.q2b}.get(
            name, self.q2a + self.q2b + self.published
        )
        found: dict[str, Job] = {}
        waiting = list(ends)
        while waiting:
            one = waiting.pop()
            if one.marker not in found:
                found[one.marker] = one
                waiting += one.needs
        return list(found.values())

    @cached_property
    def by_marker(self) -> dict[str, Job]:
        """All jobs by their markers."""
        return {one.marker: one for one in self._known.values()}

    def _add(
        self,
        kind: str,
        name: str,
        command: Iterable[object],
        needs: Iterable[Job],
        results: Iterable[str],
        folder: str = "",
    ) -> Job:
        """Return the job of that kind and name; it has its own folder unless it is given one.

        Raises:
            BadInput: another study of the same folder has asked for another job by that name.
        """
        words = tuple(map(str, command))
        if (kind, name) not in self._known:
            self._known[kind, name] = Job(
                kind, name, words, tuple(needs), tuple(results), folder or f"{kind}-{name}"
            )
        found = self._known[kind, name]
        if found.command != words:
            raise BadInput(
                f"further_studies: one of them needs {name} by another command: "
                f"{shlex.join(words)!r}, not {shlex.join(found.command)!r}"
            )
        return found

    def judges(self, data: str) -> Job:
        """Return the job that trains the judges of a data set."""
        return self._add(
            "judges",
            data,
            ["study/steps/train_judges.py", "--data", data],
            [],
            [file_names.classifier(data), file_names.blur_classifier(data)],
        )

    def dis_net(self, run: Run) -> Job:
        """Return the job that trains the first epoch of the dis_net of a run."""
        settings = {"data": run.data, "seed": run.seed, **self.study.settings_of(DisNetConfig)}
        return self._add(
            "dis_net",
            f"{run.data}-seed{run.seed}",
            ["study/steps/train_dis_net.py", *option_words(DisNetConfig, settings)],
            [],
            [file_names.dis_net(run.data, run.seed)],
        )

    def plain(self, run: Run) -> Job:
        """Return the job that trains a plain run."""
        settings = option_words(TrainingConfig, self.study.plain_settings(run))
        return self._add(
            "plain",
            run.name,
            ["q2_autoencoder/train.py", *run.naming_words, *settings],
            [],
            [f"{run.name}/{file_names.METRICS}", f"{run.name}/{file_names.BEFORE_DIS_NET}"],
            run.name,
        )

    def evaluate(self, run: Run) -> Job:
        """Return the job that evaluates a plain run."""
        return self._add(
            "evaluate",
            run.name,
            ["q2_autoencoder/eval.py"],
            [self.plain(run), self.judges(run.data)],
            [f"{run.name}/{file_names.EVALUATION}"],
            run.name,
        )

    def adversarial(self, run: Run) -> Job:
        """Return the job that goes on from a plain run."""
        assert run.variant is not None
        settings = option_words(AdversarialOptions, self.study.settings_of(AdversarialOptions))
        alone = not run.variant.has_dis_net or run.variant.start == "scratch"
        return self._add(
            "adversarial",
            run.name,
            ["q2_autoencoder/train_adversarial.py", *run.naming_words, *settings],
            [self.plain(run.plain), *([] if alone else [self.dis_net(run)])],
            [f"{run.name}/{file_names.METRICS}", f"{run.name}/{file_names.FAILURE}"],
            run.name,
        )

    def judge(self, run: Run) -> Job:
        """Return the job that judges a run."""
        training = self.plain(run) if run.variant is None else self.adversarial(run)
        controls = run.variant is None and run.loss == "l1"
        names = file_names.MEASURES.values() if controls else [file_names.MEASURES["none"]]
        return self._add(
            "judge",
            run.name,
            ["study/steps/judge.py"],
            [training, self.judges(run.data)],
            [f"{run.name}/{name}" for name in names],
            run.name,
        )

    def _question_2a(self, data: str) -> list[Job]:
        study, folder = self.study, file_names.comparison_folder(data, "l1")
        command = ["q2_autoencoder/compare.py", "--data", data, *self._latents, *self._seeds]
        runs = map(self.evaluate, study.plain_runs(data))
        results = [f"{folder}/{file_names.COMPARISON}"]
        return [self._add("compare", data, command, runs, results, folder)]

    def _question_2b(self, data: str) -> list[Job]:
        study = self.study
        folder = file_names.comparison_folder(data, study.comparison)
        counts = [f"{name}={len(study.seeds(name))}" for name in study.variants]
        command = ["q2_autoencoder/compare_adversarial.py", "--variants", *counts]
        command += ["--data", data, *self._latents, "--seed", study.first_seed]
        command += ["--name", study.comparison]
        runs = map(self.judge, study.compared_runs(data))
        results, name = [f"{folder}/{file_names.ADVERSARIAL}"], f"{data}-{study.comparison}"
        found = [self._add("compare_adversarial", name, command, runs, results, folder)]
        found += [self._bootstrap(run) for run in study.single_runs(data)]
        for parts, latent_dim in study.parts.items():
            command = ["study/steps/compare_parts.py", "--parts", parts, "--data", data]
            command += ["--latent", latent_dim, *self._seeds]
            runs = map(self.judge, study.parts_runs(data, parts))
            folder = file_names.comparison_folder(data, "adversarial")
            results = [f"{folder}/{PARTS[parts].file}.json"]
            found.append(
                self._add("compare_parts", f"{data}-{parts}", command, runs, results, folder)
            )
        return found

    def _bootstrap(self, run: Run) -> Job:
        command, results = ["study/steps/bootstrap.py"], [f"{run.name}/{file_names.BOOTSTRAP}"]
        plain = self.plain(run.plain._replace(loss="l1"))
        needs = [self.adversarial(run), plain, self.judges(run.data)]
        return self._add("bootstrap", run.name, command, needs, results, run.name)

    def _blind_spots(self, data: str) -> Job:
        folder = file_names.judges_folder(data)
        command = ["study/steps/blind_spots.py", "--data", data]
        results = [f"{folder}/{file_names.BLIND_SPOTS}"]
        return self._add("blind_spots", data, command, [self.judges(data)], results, folder)

    def _rate_distortion(self, data: str) -> Job:
        study, folder = self.study, file_names.rate_distortion_folder(data)
        command = ["study/steps/rate_distortion.py", "--data", data, *self._latents, *self._seeds]
        runs = [self.plain(run) for loss in study.losses for run in study.plain_runs(data, loss)]
        results = [f"{folder}/{file_names.RATE_DISTORTION}"]
        return self._add("rate_distortion", data, command, runs, results, folder)

    def _cluster_all(self, run: Run) -> Job:
        command, results = (
            ["study/steps/cluster_all.py"],
            [f"{run.name}/{file_names.ALL_CLUSTERED}"],
        )
        return self._add("cluster_all", run.name, command, [self.plain(run)], results, run.name)

    def _choice(self, data: str) -> Job:
        study, folder = self.study, file_names.choice_folder(data)
        pairs = [f"{adversarial:g},{matching:g}" for adversarial, matching in study.weights]
        command = ["study/steps/choose.py", "--variants", *study.variants, "--weights", *pairs]
        command += ["--data", data, *self._latents, *self._seeds]
        runs = [
            self.plain(run) if run.variant is None else self.adversarial(run)
            for tried in study.tried_runs(data)
            for run in (tried, tried.plain)
        ]
        return self._add(
            "choose", data, command, dict.fromkeys(runs), [f"{folder}/{file_names.CHOICE}"], folder
        )

    def _publishing(self) -> list[Job]:
        made = [
            self._add("question1", name, line.split(), [], [f"../q1_bump/{written}"])
            for name, line, written in (
                ("adam_max_h", "q1_bump/adam_max_h.py", "adam_max_h.json"),
                ("gradient_descent", "q1_bump/gradient_descent.py", "gradient_descent.png"),
                ("optimizers", "q1_bump/adam_max_h.py --optimizer all", "optimizers_all.json"),
                ("illustrate", "q1_bump/illustrate.py", "step_table.png"),
                ("phase_diagram", "q1_bump/phase_diagram.py", "phase_diagram_lr_beta1.json"),
            )
        ]
        made += map(self._blind_spots, self.study.data)
        if dim := self.study.cluster_all:
            made += [self._cluster_all(Run(data, "l1", dim, 0)) for data in self.study.data]
        for other in self.study.further:
            of_other = Jobs(other, self._known)
            made += [*of_other.q2a, *of_other.q2b]
        needs = dict.fromkeys([*self.q2a, *self.q2b, *made])
        gallery = self._add("gallery", "all", ["publish/gallery.py"], needs, [], "gallery")
        return [self._add("ledger", "all", ["publish/ledger.py"], [gallery], [], "gallery")]

    @property
    def _latents(self) -> list[object]:
        return ["--latents", *self.study.latent_dims]

    @property
    def _seeds(self) -> list[object]:
        return ["--seed", self.study.first_seed, "--num-seeds", self.study.num_seeds]


def vouched(results: Path, one: Job) -> str:
    """Return what a job's marker says: digests of its results and of what they were made from."""
    lines = []
    for name in one.results:
        path = results / name
        lines.append(f"{name} {_digest(path) if path.is_file() else 'absent'}\n")
    for needed in sorted(one.needs, key=lambda job: job.marker):
        marker = results / needed.marker
        lines.append(f"after {needed.marker} {_digest(marker) if marker.is_file() else 'absent'}\n")
    return "".join(lines)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def to_run(results: Path, jobs: Iterable[Job]) -> dict[str, str]:
    """Return why jobs must run, by their markers, of `jobs` and all that they need."""
    why: dict[str, str] = {}
    looked_at: set[str] = set()

    def look_at(one: Job) -> None:
        if one.marker in looked_at:
            return
        looked_at.add(one.marker)
        for needed in one.needs:
            look_at(needed)
        marker = results / one.marker
        again = next((needed for needed in one.needs if needed.marker in why), None)
        if not marker.exists():
            other = any(marker.parent.glob(f"{one.name}.*"))
            why[one.marker] = "made by other code or settings" if other else "not made yet"
        elif again is not None:
            why[one.marker] = f"{again.kind} {again.name} runs again"
        elif marker.read_text() != vouched(results, one):
            why[one.marker] = "its results are not as they were"

    for one in jobs:
        look_at(one)
    return why


def remove_kept(results: Path, one: Job) -> None:
    """Remove the results of a job that must run again, if its script would take them as is."""
    if one.kind in KEPT_BY_SCRIPT:
        for name in one.results:
            (results / name).unlink(missing_ok=True)


def beginning(results: Path, one: Job) -> str:
    """Return what must be as it was for a training to be gone on with."""
    needed = [_digest(results / job.marker) for job in one.needs]
    return "\n".join([one.key, *needed]) + "\n"


def command_words(one: Job, results: Path, device: str | None) -> list[str]:
    """Return a job's command line with the options that say where it runs."""
    words = list(one.command)
    if one.kind not in PUBLISHING:
        of_run = one.kind in ("evaluate", "judge", "bootstrap", "cluster_all")
        words += ["--run", shown(results / one.name)] if of_run else ["--results", shown(results)]
        if device is not None:
            words += ["--device", device if one.kind in ON_DEVICE else "cpu"]
    return words
