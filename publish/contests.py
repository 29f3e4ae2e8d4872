"""dis_net against the best of its controls, by each measure."""

from typing import NamedTuple

from q2_autoencoder.plots.tables import MEASURES, Difference, difference
from q2_autoencoder.records import AdversarialComparison, VariantResult
from q2_autoencoder.training.named_variants import CONTROLS, FOUR, PLAIN
from shared.errors import BadInput
from shared.summary import Spread

RATED = [key for key, words in MEASURES.items() if words.better is not None]
# By the first the weights of dis_net were chosen; the second is 0 by construction for the control
# whose contrast is fitted to it.
NO_JUDGES = ("gradient_distance", "equivalent_blur")
JUDGING = [key for key in RATED if key not in NO_JUDGES]


class Contest(NamedTuple):
    """dis_net against the best control, by one measure at one latent dimension.

    Attributes:
        key: the measure's name in `MEASURES`.
        plain, best, with_dis_net: the measure over seeds, `best` of the best control.
        control: that control's name.
        difference: with dis_net, less the best control, between runs of equal seeds.
    """

    key: str
    plain: Spread
    best: Spread
    with_dis_net: Spread
    control: str
    difference: Difference


def contest(variants: dict[str, VariantResult], key: str) -> Contest:
    """Return how dis_net does by the measure `key`.

    Raises:
        BadInput: the plain or the four-step variant, or one of the controls, has no finished run;
            or no seed finished with dis_net and with the best control.
    """
    for name in (PLAIN, FOUR):
        if name not in variants:
            raise BadInput(f"adversarial.json lacks {name!r}")
    finished = {
        name: result.finished
        for name, result in variants.items()
        if name in CONTROLS or name == FOUR
    }
    found = {}
    for name, of_name in finished.items():
        if of_name is None:
            raise BadInput(f"adversarial.json has no finished run of {name!r}")
        found[name] = of_name
    four = found.pop(FOUR)
    sign = -1 if MEASURES[key].better == "higher" else 1
    control = min(found, key=lambda name: sign * found[name].measures[key].mean)
    between = difference(variants[FOUR], variants[control], key)
    if between is None:
        raise BadInput(
            f"adversarial.json: {FOUR!r} and {control!r} have no finished seed in common"
        )
    return Contest(
        key,
        found[PLAIN].measures[key],
        found[control].measures[key],
        four.measures[key],
        control,
        between,
    )


def known_controls(adversarial: AdversarialComparison) -> list[str]:
    """Return the controls that were compared."""
    variants = next(iter(adversarial.latent_dims.values()))
    return [name for name in CONTROLS if name in variants]
