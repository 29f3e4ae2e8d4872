"""What eval.py measures, against brute force and other libraries."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import laplace
from sklearn.manifold import TSNE, trustworthiness

from q2_autoencoder.evaluation import classifier
from q2_autoencoder.evaluation.clustering import (
    agreement,
    count_table,
    gaussian_mixture,
    k_means,
    matched_digits,
)
from q2_autoencoder.evaluation.detail import WINDOW, best_kept_detail, laplacian
from q2_autoencoder.evaluation.embedding import nearest_neighbour_labels, separation, tsne_plane
from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.networks.errors import mean_and_sd, mean_sd_text
from q2_autoencoder.networks.pca import principal_components
from q2_autoencoder.plots import figures
from q2_autoencoder.plots.latent_space import GRID, chosen_epochs, decoded_grid, extent
from q2_autoencoder.training.snapshots import History, load_history, save_history, snapshot
from shared.errors import BadInput

LABELS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=40)


@given(LABELS)
def test_agreement_equals_brute_force(pairs):
    clusters, digits = (np.array(labels) for labels in zip(*pairs, strict=True))
    score = agreement(clusters, digits)

    best = max(
        sum(matching[c] == d for c, d in pairs) for matching in itertools.permutations(range(5))
    )
    assert score.accuracy == pytest.approx(best / len(pairs))

    # The adjusted Rand index by counting pairs of images.
    both = one = other = 0
    everything = math.comb(len(pairs), 2)
    for (c1, d1), (c2, d2) in itertools.combinations(pairs, 2):
        one += c1 == c2
        other += d1 == d2
        both += c1 == c2 and d1 == d2
    expected, greatest = one * other / everything, (one + other) / 2
    ari = 1.0 if greatest == expected else (both - expected) / (greatest - expected)
    assert score.ari == pytest.approx(ari, abs=1e-9)

    # The mutual information from its definition, in nats.
    def entropy(labels):
        return -sum(n / len(labels) * math.log(n / len(labels)) for n in Counter(labels).values())

    h1, h2 = entropy([c for c, _ in pairs]), entropy([d for _, d in pairs])
    mutual = h1 + h2 - entropy(pairs)
    nmi = 1.0 if h1 + h2 < 1e-12 else mutual / ((h1 + h2) / 2)
    assert score.nmi == pytest.approx(nmi, abs=1e-9)


@given(LABELS)
def test_table_counts_every_image_once(pairs):
    clusters, digits = (np.array(labels) for labels in zip(*pairs, strict=True))
    table = count_table(clusters, digits)
    for cluster, digit in itertools.product(range(10), repeat=2):
        assert table[cluster, digit] == pairs.count((cluster, digit))
    matched = matched_digits(table)
    assert sorted(matched) == list(range(10))
    right = sum(matched[cluster] == digit for cluster, digit in pairs)
    assert right == round(agreement(clusters, digits).accuracy * len(pairs))


@pytest.mark.parametrize(
    "find", [lambda points: k_means(points, 0).labels_, lambda points: gaussian_mixture(points, 0)]
)
def test_separate_blobs_are_found(find):
    random = np.random.default_rng(0)
    digits = np.repeat(np.arange(10), 50)
    points = 10 * np.eye(10)[digits] + random.normal(size=(500, 10))
    assert agreement(find(points), digits) == (1.0, pytest.approx(1.0), 1.0)


def test_laplacian_equals_scipys(digits):
    picture = digits.test_images[0].double() / 255
    expected = laplace(picture.numpy())[1:-1, 1:-1]
    assert np.allclose(laplacian(picture[None])[0].numpy(), expected)


def test_best_kept_detail_equals_a_loop_over_windows(digits):
    originals = to_pixels(digits.test_images[:6]).view(-1, 28, 28)
    decoded = (
        originals + 0.1 * torch.randn(originals.shape, generator=torch.manual_seed(0))
    ).clamp(0, 1)
    for original, picture, kept in zip(
        originals, decoded, best_kept_detail(originals, decoded), strict=True
    ):
        detail, lost = {}, {}
        for top, left in itertools.product(range(28 - WINDOW + 1), repeat=2):
            window = slice(top, top + WINDOW), slice(left, left + WINDOW)
            sharp = laplace(original.double().numpy()[window])[1:-1, 1:-1]
            soft = laplace(picture.double().numpy()[window])[1:-1, 1:-1]
            detail[top, left], lost[top, left] = (sharp**2).sum(), ((sharp - soft) ** 2).sum()
        most = max(detail.values())
        share = {w: 1 - lost[w] / detail[w] for w in detail if detail[w] >= 0.5 * most * (1 + 1e-9)}
        assert kept.share == pytest.approx(max(share.values()), abs=1e-4)
        assert share[kept.top, kept.left] == pytest.approx(kept.share, abs=1e-4)
        assert kept.share < 1


def test_a_perfect_picture_keeps_all_its_detail(digits):
    originals = to_pixels(digits.test_images[:3]).view(-1, 28, 28)
    assert [kept.share for kept in best_kept_detail(originals, originals)] == [1.0] * 3


def test_nearest_neighbours_equal_a_distance_matrix(digits):
    codes, test_codes = (
        to_pixels(digits.train_images)[:, ::9],
        to_pixels(digits.test_images)[:, ::9],
    )
    nearest = torch.cdist(test_codes.double(), codes.double()).argmin(1)
    found = nearest_neighbour_labels(codes.numpy(), digits.train_labels.numpy(), test_codes.numpy())
    # Equal distances may be told apart differently.
    assert (found == digits.train_labels[nearest].numpy()).mean() > 0.99


def test_separation_equals_a_loop():
    random = np.random.default_rng(1)
    labels = random.integers(0, 4, 60)
    codes = random.normal(size=(60, 2)) + 3 * labels[:, None]
    means = {k: sum(c for c, j in zip(codes, labels, strict=True) if j == k) / sum(labels == k)
             for k in range(4)}  # fmt: skip
    centre = sum(means.values()) / 4
    between = math.sqrt(sum(((m - centre) ** 2).sum() for m in means.values()) / 4)
    within = math.sqrt(
        sum(((c - means[k]) ** 2).sum() for c, k in zip(codes, labels, strict=True)) / 60
    )
    assert separation(codes, labels) == pytest.approx((between, within))


def test_tsne_keeps_neighbours_as_well_as_scikit_learns(digits):
    pixels = to_pixels(digits.test_images).numpy()
    ours, theirs = (
        np.asarray(tsne_plane(pixels, seed=0)),
        TSNE(random_state=0).fit_transform(pixels),
    )
    assert ours.shape == theirs.shape == (len(pixels), 2)
    assert trustworthiness(pixels, ours) > trustworthiness(pixels, theirs) - 0.01
    assert np.array_equal(ours, tsne_plane(pixels, seed=0))


def test_mean_and_standard_deviation_in_words():
    assert mean_sd_text(mean_and_sd([1.0, 2.0]), ".2f") == "1.50 ± 0.71"
    assert mean_sd_text(mean_and_sd([0.5]), ".1%") == "50.0%"


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=9))
def test_mean_and_standard_deviation_are_numpys(values):
    spread = mean_and_sd(values)
    assert spread["mean"] == pytest.approx(np.mean(values), abs=1e-9)
    if len(values) == 1:
        assert spread["sd"] is None
    else:
        assert spread["sd"] == pytest.approx(np.std(values, ddof=1), abs=1e-9)


def test_classifier_reads_mnist(mnist, tmp_path):
    model = classifier.load_or_train(tmp_path, "mnist", mnist, torch.device("cpu"))
    read = classifier.read(model, to_pixels(mnist.test_images))
    assert (read == mnist.test_labels).double().mean() >= 0.993


def test_classifier_is_kept_and_leaves_the_random_numbers_alone(digits, tmp_path, monkeypatch):
    monkeypatch.setattr(classifier, "LEAST_STEPS", 60)
    before = torch.get_rng_state()
    model = classifier.load_or_train(tmp_path, "digits", digits, torch.device("cpu"))
    assert torch.equal(before, torch.get_rng_state())
    pixels = to_pixels(digits.test_images)
    monkeypatch.setattr(classifier, "train_classifier", None)  # a second training would fail
    kept = classifier.load_or_train(tmp_path, "digits", digits, torch.device("cpu"))
    with torch.no_grad():
        assert torch.equal(model(pixels), kept(pixels))
    one_by_one = [int(kept(pixel[None]).argmax()) for pixel in pixels]
    assert classifier.read(kept, pixels).tolist() == one_by_one
    assert (torch.tensor(one_by_one) == digits.test_labels).double().mean() > 0.8


def test_history_of_a_plane_is_read_back(digits, tmp_path):
    torch.manual_seed(0)
    model = Autoencoder(2, principal_components(digits.train_images, 2)).train()
    taken = []
    for _ in range(3):
        taken.append(snapshot(model, digits))
        with torch.no_grad():
            model.linear_encoder.weight.mul_(2)
    assert model.training
    with torch.no_grad():
        model.linear_encoder.weight.div_(8)
    history = load_history(save_history(tmp_path, taken).parent, 2, 360)
    model.eval()
    with torch.no_grad():
        codes = model.encode(to_pixels(digits.test_images)).numpy()
        for digit in range(10):
            first = digits.test_labels.tolist().index(digit)
            picture = model(to_pixels(digits.test_images[[first]])).view(28, 28) * 255
            assert np.abs(history.pictures[0, digit] - picture.numpy()).max() <= 0.51
    assert history.codes.shape == (3, len(codes), 2)
    assert np.allclose(history.codes[0], codes, atol=1e-5)
    scales = np.abs(history.codes).mean((1, 2))
    assert scales[0] < scales[1] < scales[2]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot read"),
        (b"", "is empty"),
        (b"no arrays", "is no file of snapshots"),
        (History(np.zeros((2, 5, 3)), np.zeros((2, 10, 28, 28))), "shapes"),
        (History(np.zeros((2, 5, 2)), np.zeros((3, 10, 28, 28))), "shapes"),
        (History(np.zeros((2, 6, 2)), np.zeros((2, 10, 28, 28))), "shapes"),
        (History(np.zeros(()), np.zeros(())), "shapes"),
        (History(np.array([None]), np.zeros((3, 10, 28, 28))), "damaged"),  # needs pickle
    ],
)
def test_bad_history_is_refused(tmp_path, content, words):
    path = tmp_path / "snapshots.npz"
    if isinstance(content, History):
        np.savez(path, **content._asdict())
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=words):
        load_history(tmp_path, 1, 5)


@given(st.integers(1, 200))
def test_chosen_epochs_begin_and_end_with_the_training(epochs):
    history = History(np.zeros((epochs + 1, 1, 2)), np.zeros((epochs + 1, 10, 28, 28)))
    chosen = chosen_epochs(history)
    assert chosen[0] == 0
    assert chosen[-1] == epochs
    assert chosen == sorted(set(chosen))
    assert len(chosen) <= 5


def test_decoded_grid_runs_right_and_up(digits):
    model = Autoencoder(2, principal_components(digits.train_images, 2)).eval()
    low, high = np.array([-3.0, -1.0]), np.array([5.0, 2.0])
    mosaic = decoded_grid(model, low, high).reshape(GRID, 28, GRID, 28)
    for row, column in ((0, 0), (0, GRID - 1), (GRID - 1, 0), (7, 12)):
        across = low[0] + (column + 0.5) / GRID * (high[0] - low[0])
        up = high[1] - (row + 0.5) / GRID * (high[1] - low[1])
        with torch.no_grad():
            expected = model.decode(torch.tensor([[across, up]]).float()).view(28, 28)
        assert np.allclose(mosaic[row, :, column], expected, atol=1e-5)


@settings(max_examples=20)
@given(st.integers(0, 2**31))
def test_extent_holds_nearly_all_codes(seed):
    codes = np.random.default_rng(seed).normal(size=(1000, 2)) * (1, 30)
    low, high = extent(codes)
    assert ((codes > low) & (codes < high)).mean() > 0.97
    assert (high - low < 1.2 * np.ptp(codes, axis=0)).all()


def test_misread_pictures_are_boxed():
    pictures = torch.zeros(3, 784)
    row = figures.Row("size 2", pictures, {1: 7}, {})
    figure = figures.originals_over_reconstructions(pictures, [row], "title")
    texts = [[text.get_text() for text in axes.texts] for axes in figure.axes]
    assert texts == [[]] * 4 + [["7"]] + [[]]
    labels = [axes.get_xlabel() for axes in figure.axes]
    assert labels == [""] * 3 + ["0.000"] * 3


def test_one_picture_is_drawn_with_its_error():
    row = figures.Row("size 2", torch.full((1, 784), 0.25), {0: 7}, {})
    figure = figures.originals_over_reconstructions(torch.zeros(1, 784), [row], "title")
    assert [axes.get_xlabel() for axes in figure.axes] == ["", "0.250"]


def test_one_dimensional_codes_have_a_plane(digits):
    codes = to_pixels(digits.test_images).sum(1, keepdim=True).numpy()
    embedded = np.asarray(tsne_plane(codes, seed=0))
    assert embedded.shape == (360, 2)
    assert trustworthiness(codes, embedded) > 0.95
