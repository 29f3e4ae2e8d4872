"""Train with dis_net, which tells sharp images from blurred ones.

Usage:
    python q2_autoencoder/train_adversarial.py --latent 16
    python q2_autoencoder/train_adversarial.py --latent 16 --strategy three-step --num-seeds 3
    python q2_autoencoder/train_adversarial.py --latent 16 --start scratch --score-loss bce
    python q2_autoencoder/train_adversarial.py --latent 16 --variants comparison --resume

Starts from the run that `train.py --latent 16` made: its last epochs are trained anew, now with
dis_net, so that both have seen as many images. `--start scratch` begins with untrained networks.
`--variants` trains all that compare_adversarial.py ("comparison", "reports") or compare_parts.py
("weights", "design") compares. A run that diverges or collapses says so, keeps its last good
weights, and the exit status is 3.
"""

from dataclasses import replace

from q2_autoencoder.config import FAILED, WITH_DIS_NET, AdversarialOptions, Variant, run_name
from q2_autoencoder.options import Execution, training_parser
from q2_autoencoder.training.named_variants import PARTS, REPORTS, VARIANTS
from shared import cli
from shared.settings import from_options, option_words

VARIANT_SETS = {
    "comparison": VARIANTS,
    "reports": REPORTS,
    **{name: parts.all for name, parts in PARTS.items()},
}


def parse() -> tuple[list[AdversarialOptions], Execution]:
    parser = training_parser(__doc__, AdversarialOptions)
    parser.add_argument(
        "--variants",
        choices=VARIANT_SETS,
        help="train each variant of a comparison, in place of --loss, --strategy and all options "
        "that say how dis_net takes part",
    )
    parsed = parser.parse_args()
    options = from_options(AdversarialOptions, parsed)
    every = [options.variant]
    if parsed.variants is not None:
        if options.variant != AdversarialOptions(latent_dim=options.latent_dim).variant:
            parser.error("--variants says by itself how dis_net takes part; leave that to it")
        every = [v for v in VARIANT_SETS[parsed.variants].values() if not v.is_plain]
    elif problem := contradiction(options):
        parser.error(problem)
    return [replace(options, **v.settings) for v in every], from_options(Execution, parsed)


def contradiction(options: AdversarialOptions) -> str | None:
    """Return which options do not go together, or None."""
    variant, strategy = options.variant, options.strategy
    if variant.is_plain:
        return "--strategy none is the plain run itself, which train.py makes"
    if strategy == "blurred-input" and options.start != "scratch":
        return "--strategy blurred-input needs --start scratch"
    own = Variant(loss=options.loss, strategy=strategy, start=options.start, epochs=options.epochs)
    if strategy in ("random-features", "digit-features"):
        own = replace(
            own,
            unbalanced=options.unbalanced,
            feature_matching_weight=options.feature_matching_weight,
        )
    if not variant.has_dis_net and variant != own:
        given = {name: v for name, v in variant.settings.items() if v != own.settings[name]}
        flags = [word for word in option_words(AdversarialOptions, given) if word.startswith("--")]
        return f"{', '.join(flags)}: not accepted with --strategy {strategy}"
    if options.epochs is not None and options.start != "scratch":
        return "--epochs needs --start scratch; otherwise the epochs are those of the plain run"
    if options.score_loss == "bce" and options.start != "scratch":
        return "--score-loss bce needs --start scratch: dis_net's own first epoch has the hinge"
    return None


if __name__ == "__main__":
    parse()  # before torch is imported: --help and a wrong option answer at once

from q2_autoencoder.evaluation.adversarial_results import (
    adversarial_figures,
    give_up,
    measure,
)
from q2_autoencoder.evaluation.finished_run import (
    FinishedTraining,
    print_spreads,
    progress_bar,
    report_epoch,
    run_figures,
    write_run,
)
from q2_autoencoder.networks.batches import batches_per_epoch
from q2_autoencoder.records import Failure, Metrics
from q2_autoencoder.training import warm_up as warm_ups
from q2_autoencoder.training.adversarial import steps_of
from q2_autoencoder.training.adversarial_run import Job, begin, end_epoch, load_job
from q2_autoencoder.training.checkpointing import Resumable, finished, locked_runs
from q2_autoencoder.training.digit_network import in_dis_nets_place
from q2_autoencoder.training.finite import NotFinite
from q2_autoencoder.training.state import RunContext
from shared import datasets
from shared.datasets import ImageData
from shared.device import choose_device, choose_precision, make_deterministic


def main() -> int:
    variants, execution = parse()
    if variants[0].deterministic:
        make_deterministic()
    device = choose_device(execution.device)
    precision = choose_precision(variants[0].precision, device)
    data = datasets.load(variants[0].data, execution.data_dir)
    # All plain runs are looked at before the first training, which may take an hour.
    jobs = [
        [
            load_job(replace(options, seed=seed, precision=precision), execution.results)
            for seed in range(options.seed, options.seed + execution.num_seeds)
        ]
        for options in variants
    ]
    data = data.to(device)
    whole = [
        train_seeds(options, of_variant, execution, data)
        for options, of_variant in zip(variants, jobs, strict=True)
    ]
    return 0 if all(whole) else FAILED


def train_seeds(
    options: AdversarialOptions, jobs: list[Job], execution: Execution, data: ImageData
) -> bool:
    """Train the runs of one variant; return whether none of them failed."""
    names = [
        run_name(
            options.data, options.loss, options.latent_dim, job.config.seed, options.variant.name
        )
        for job in jobs
    ]
    folders = [execution.results / name for name in names]
    with locked_runs(folders, execution, data.train_images.device) as contexts:
        results = [
            train_adversarial(job, data, context)
            for job, context in zip(jobs, contexts, strict=True)
        ]
    whole = [metrics for metrics in results if metrics is not None]
    if len(results) > 1:
        print(f"\n{len(whole)} of {len(results)} seeds finished")
        if whole:
            print_spreads(whole)
    return len(whole) == len(results)


def train_adversarial(job: Job, data: ImageData, context: RunContext) -> Metrics | None:
    """Train, fill the run's folder, return its metrics; None where the training failed.

    `data` lies on the training device.
    """
    config = job.config
    if metrics := finished(config, context):
        return metrics
    warm_up = None
    if config.strategy in WITH_DIS_NET and config.start == "plain":
        warm_up = warm_ups.load_or_train(
            config.dis_net, data, context.folder.parent, context.environment, context.stop_request
        )
    elif config.strategy == "digit-features":
        warm_up = in_dis_nets_place(config.dis_net, data)
    networks, state = begin(job, warm_up, data)
    record, steps = state.record, steps_of(config.strategy, config.separate_updates)
    epoch_steps = batches_per_epoch(len(data.train_images), config.batch_size)
    training = Resumable(config, context, state, data.train_images)
    print(f"{context.folder.name}: from epoch {training.epoch + 1} on", flush=True)
    failure = None
    try:
        with progress_bar(config.epochs * epoch_steps, training.step) as bar:
            for _ in training.epochs(config.epochs):
                networks.autoencoder.train()
                for place, sharp in training.batches():
                    for step in steps:
                        record.note(place, step(networks, sharp), epoch_steps)
                    networks.training.end_step()
                    bar.update()
                if failure := end_epoch(training, networks, data):
                    break
                report_epoch(bar, record.curve[-1], config.epochs, config.loss, training.seconds)
    except NotFinite as error:
        failure = Failure(len(record.curve) + 1, "diverged", error.reason)
    if failure:
        return give_up(training, networks, failure)
    metrics = measure(training, networks, job, data, warm_up)
    figures = adversarial_figures(metrics) | run_figures(
        metrics, networks.reconstruct, data.test_images
    )
    model = networks.autoencoder
    return write_run(context.folder, FinishedTraining(metrics, model, record.snapshots, figures))


if __name__ == "__main__":
    cli.run(main)
