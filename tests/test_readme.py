"""README's numbers are those of the gallery's files, and the gallery stays small."""

import re

from publish.gallery import FILES, GALLERY, README, WRITTEN_THERE, results_table, with_results
from q2_autoencoder.training.variants import (
    FOUR,
    FOUR_APART,
    MSE,
    PLAIN,
    PLAIN_MSE,
    SCORE_ONLY,
    THREE,
    THREE_APART,
)
from shared.files import PROJECT, read_json


def test_results_table_is_what_the_gallery_says():
    text = README.read_text(encoding="utf-8")
    assert with_results(text, results_table(GALLERY)) == text


def test_pictures_exist_and_the_gallery_is_small():
    for picture in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README.read_text(encoding="utf-8")):
        assert (PROJECT / picture).is_file(), picture
    assert {path.name for path in GALLERY.iterdir()} - {".lock"} == set(
        FILES.values()
    ) | WRITTEN_THERE
    assert sum(path.stat().st_size for path in GALLERY.iterdir()) <= 3_000_000


def test_trainings_in_the_gallery_meet_the_bars():
    """The bars that the project's issue sets for the default settings on MNIST."""
    comparison = read_json(GALLERY / "comparison.json")
    assert comparison["classifier_accuracy"] >= 0.993
    for latent, l1 in (("2", 0.0735), ("16", 0.0225), ("256", 0.0065)):
        found = comparison["sizes"][latent]
        assert max(found["test"]["l1"]["values"]) <= l1
        assert max(found["test"]["mse"]["values"]) < found["pca_test"]["mse"]
        assert len(found["test"]["l1"]["values"]) >= 3
    plane = comparison["sizes"]["16"]["clustering"]["Gaussian mixture on the t-SNE plane"]
    assert plane["accuracy"]["mean"] >= 0.90
    anchor = read_json(GALLERY / "latent30_mse_metrics.json")
    assert (anchor["latent"], anchor["loss"]) == (30, "mse")
    assert anchor["test"]["squared_error"] < 2.5  # Hinton and Salakhutdinov: 3.00


def test_adversarial_trainings_in_the_gallery_meet_the_bars():
    """The bars that the project's issue sets for the four-step training, against plain L1."""
    found = read_json(GALLERY / "adversarial.json")
    # Greatest L1 and Fréchet distance in units of plain's, and points of digits that may be lost.
    bars = {"2": (1.10, 1.05, 0.015), "16": (1.05, 1.0, 0.003), "256": (1.05, 1.0, 0.003)}
    assert set(found["sizes"]) == set(bars)
    for latent, (l1, distance, points) in bars.items():
        plain, against = (found["sizes"][latent][name] for name in (PLAIN, FOUR))
        assert len(plain["l1"]["values"]) == len(against["l1"]["values"]) >= 3
        assert plain["epochs"] == against["epochs"]
        assert plain["autoencoder_updates"] == against["autoencoder_updates"] > 0

        def mean(variant, key):
            return variant[key]["mean"]

        assert mean(against, "clear_share") >= mean(plain, "clear_share")
        assert mean(against, "l1") <= l1 * mean(plain, "l1")
        assert mean(against, "frechet_distance") <= distance * mean(plain, "frechet_distance")
        assert mean(against, "digit_accuracy") >= mean(plain, "digit_accuracy") - points
    assert found["sizes"]["2"][FOUR]["clear_share"]["mean"] >= 0.99
    assert abs(found["sizes"]["16"][FOUR]["sharpness_ratio"]["mean"] - 1) <= 0.03


def test_no_killed_training_was_lost():
    """The bar that the project's issue sets for `make soak`."""
    found = read_json(GALLERY / "soak.json")
    assert found["survived"] == found["kills"] >= 50
    assert (found["lost"], found["differing"]) == (0, 0)
    assert found["killed_while"]["writing a checkpoint"] >= 1
    text = " ".join(README.read_text(encoding="utf-8").split())
    assert f"`make soak` killed {found['kills']} trainings at random instants" in text


def test_what_is_said_of_part_b_is_what_the_gallery_says():
    sizes = read_json(GALLERY / "adversarial.json")["sizes"]
    ablation = read_json(GALLERY / "weight.json")["variants"]

    def mean(latent, variant, key):
        return sizes[latent][variant][key]["mean"]

    def of_plain(latent, key):
        return mean(latent, FOUR, key) / mean(latent, PLAIN, key) - 1

    def part(variant, key):
        return ablation[variant][key]["mean"]

    sharp, clear, digits, frechet = (
        "sharpness_ratio", "clear_share", "digit_accuracy", "frechet_distance",
    )  # fmt: skip
    more = {latent: f"{of_plain(latent, 'l1'):.1%}" for latent in sizes}
    said = (
        f"a referee calls {mean('2', PLAIN, clear):.0%} clear",
        f"trained against `dis_net` {mean('2', FOUR, clear):.1%}; they are as sharp",
        f"for {more['2']} more L1. They are not more often",
        f"{mean('16', PLAIN, sharp):.3f} → {mean('16', FOUR, sharp):.3f}",
        f"{mean('256', PLAIN, sharp):.3f} → {mean('256', FOUR, sharp):.3f}",
        f"{-of_plain('16', frechet):.0%} and {-of_plain('256', frechet):.0%} lower",
        f"for {more['16']} and {more['256']} more L1",
        f"Alone it blurs: sharpness {mean('16', PLAIN_MSE, sharp):.2f} at 16",
        f"reaches {mean('16', MSE, sharp):.2f}, {mean('16', MSE, clear):.0%} called clear",
        f"only {mean('2', PLAIN_MSE, digits):.0%} of its digits are read rightly alone, and "
        f"{mean('2', MSE, digits):.0%} with",
        f"and blurs: sharpness {part(f'{FOUR}, score 0', sharp):.2f}.",
        f"sharpens without end: {part(SCORE_ONLY, sharp):.2f}, for "
        f"{part(SCORE_ONLY, 'l1') / part(PLAIN, 'l1') - 1:.0%} more L1",
        f"a Fréchet distance of {part(SCORE_ONLY, frechet):.3f} where plain is "
        f"{part(PLAIN, frechet):.3f}",
        f"{mean('2', THREE, sharp):.1f} times as sharp as originals",
        f"{part(FOUR, 'adversarial_seconds') - part(PLAIN, 'adversarial_seconds'):.0f} s more",
    )
    text = " ".join(README.read_text(encoding="utf-8").split())
    assert [phrase for phrase in said if phrase not in text] == []
    # In words.
    assert mean("2", FOUR, digits) <= mean("2", PLAIN, digits)
    assert mean("16", PLAIN_MSE, clear) < 0.02
    assert abs(mean("2", FOUR, sharp) - 1) < 0.03
    assert part(f"{FOUR}, score 0", frechet) < part(PLAIN, frechet)
    assert mean("2", THREE, frechet) > mean("2", PLAIN, frechet)
    assert part(FOUR_APART, frechet) > part(FOUR, frechet)
    assert part(THREE_APART, frechet) > part(THREE, frechet)
