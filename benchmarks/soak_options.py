"""The options that the two soaks share."""

from argparse import Namespace

from shared import cli
from shared.files import RESULTS


def parse(doc: str | None, kills: int) -> Namespace:
    """Return the options of a soak that kills so many times unless it is told otherwise."""
    parser = cli.Parser(doc)
    add = parser.add_argument
    add("--kills", type=cli.whole_number(1, 10_000), default=kills, metavar="N", help="how many")
    seed = cli.whole_number(0, 2**31 - 1)
    add("--seed", type=seed, default=0, metavar="N", help="seed of the instants")
    cli.add_results_option(parser, RESULTS / "gallery")
    return parser.parse_args()
