"""Train dis_net's first epoch, in which it learns alone what blur is.

Usage:
    python study/steps/train_dis_net.py --seed 0
    python study/steps/train_dis_net.py --data digits --seed 1

It does not depend on an autoencoder and is kept beside the runs, one file a seed.
train_adversarial.py trains it itself where it is missing; this script does it beforehand.
"""

from q2_autoencoder.config import DisNetConfig
from q2_autoencoder.options import Machine, parser_of
from q2_autoencoder.training import file_names
from shared import cli
from shared.settings import from_options


def parse() -> tuple[DisNetConfig, Machine]:
    options = parser_of(__doc__, DisNetConfig).parse_args()
    return from_options(DisNetConfig, options), from_options(Machine, options)


if __name__ == "__main__":
    parse()  # before torch is imported: --help and a wrong option answer at once

from dataclasses import replace

from q2_autoencoder.training import warm_up
from shared import datasets
from shared.device import choose_device, choose_precision, make_deterministic
from shared.files import shown, writable_folder
from shared.interruption import noted
from shared.provenance import environment


def main() -> None:
    config, machine = parse()
    if config.deterministic:
        make_deterministic()
    device = choose_device(machine.device)
    config = replace(config, precision=choose_precision(config.precision, device))
    results = writable_folder(machine.results)
    data = datasets.load(config.data, machine.data_dir).to(device)
    with noted() as stop_request:
        here = environment(device)
        found = warm_up.load_or_train(config, data, results, here, stop_request)
    path = results / file_names.dis_net(config.data, config.seed)
    print(f"\n{shown(path)}: {found.seconds:.1f} s of training; accuracy on test images:")
    for one in found.accuracy:
        print(f"  blurred by {one.width:4.2f} pixels  {one.accuracy:7.2%}")


if __name__ == "__main__":
    cli.run(main)
