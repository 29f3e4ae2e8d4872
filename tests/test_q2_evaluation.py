"""What eval.py measures, against brute force and other libraries."""

import itertools
import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import quick_judges
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import laplace
from sklearn.manifold import TSNE, trustworthiness
from sklearn.preprocessing import StandardScaler

from q2_autoencoder.evaluation import classifier
from q2_autoencoder.evaluation.classifier import classify
from q2_autoencoder.evaluation.clustering import (
    agreement,
    clustering_scores,
    count_table,
    gaussian_mixture,
    k_means,
    matched_digits,
)
from q2_autoencoder.evaluation.codes import (
    between,
    dead_dimensions,
    drawn_codes,
    effective_dimension,
    linear_probe,
    standardised,
)
from q2_autoencoder.evaluation.detail import WINDOW, best_kept_detail, busiest_window, laplacian
from q2_autoencoder.evaluation.embedding import (
    nearest_neighbour_labels,
    separation,
    tsne_embedding,
)
from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.networks.pca import principal_components
from q2_autoencoder.records import History
from q2_autoencoder.training.fit import Recipe, fit
from q2_autoencoder.training.optimization import one_cycle_factor
from q2_autoencoder.training.snapshots import load_history, save_history, snapshot
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


def test_scores_keep_the_order_of_the_seeds():
    digits = np.repeat(np.arange(10), 2)
    half = np.where(np.arange(20) < 10, digits, 0)
    scores = clustering_scores([digits, half], digits)
    assert scores.accuracy.values == [1.0, agreement(half, digits).accuracy]
    assert scores.ari.values == [1.0, agreement(half, digits).ari]
    assert scores.nmi.values == [pytest.approx(1.0), agreement(half, digits).nmi]


def test_laplacian_equals_scipys(digits):
    image = digits.test_images[0].double() / 255
    expected = laplace(image.numpy())[1:-1, 1:-1]
    assert np.allclose(laplacian(image[None])[0].numpy(), expected)


def test_best_kept_detail_equals_a_loop_over_windows(digits):
    originals = to_pixels(digits.test_images[:6]).view(-1, 28, 28)
    noise = torch.randn(originals.shape, generator=torch.manual_seed(0))
    others = (originals + 0.1 * noise).clamp(0, 1)
    found = best_kept_detail(originals, others)
    for original, other, kept in zip(originals, others, found, strict=True):
        detail, lost = {}, {}
        for top, left in itertools.product(range(28 - WINDOW + 1), repeat=2):
            window = slice(top, top + WINDOW), slice(left, left + WINDOW)
            sharp = laplace(original.double().numpy()[window])[1:-1, 1:-1]
            soft = laplace(other.double().numpy()[window])[1:-1, 1:-1]
            detail[top, left], lost[top, left] = (sharp**2).sum(), ((sharp - soft) ** 2).sum()
        most = max(detail.values())
        share = {w: 1 - lost[w] / detail[w] for w in detail if detail[w] >= 0.5 * most * (1 + 1e-9)}
        assert kept.share == pytest.approx(max(share.values()), abs=1e-4)
        assert share[kept.top, kept.left] == pytest.approx(kept.share, abs=1e-4)
        assert kept.share < 1
        assert kept.side == WINDOW


def test_a_perfect_image_keeps_all_its_detail(digits):
    originals = to_pixels(digits.test_images[:3]).view(-1, 28, 28)
    assert [kept.share for kept in best_kept_detail(originals, originals)] == [1.0] * 3


def test_busiest_window_against_a_loop():
    values, side = torch.rand(3, 26, 26, generator=torch.Generator().manual_seed(0)), 14
    for image, (top, left) in zip(values, busiest_window(values, side), strict=True):
        sums = {
            (i, j): image[i : i + side, j : j + side].sum().item()
            for i in range(27 - side)
            for j in range(27 - side)
        }
        assert (top, left) == max(sums, key=lambda corner: sums[corner])


def test_nearest_neighbours_equal_a_distance_matrix(digits):
    codes, test_codes = (
        to_pixels(images)[:, ::9] for images in (digits.train_images, digits.test_images)
    )
    nearest = torch.cdist(test_codes.double(), codes.double()).argmin(1)
    found = nearest_neighbour_labels(codes.numpy(), digits.train_labels.numpy(), test_codes.numpy())
    # Of equal distances either may be taken.
    assert (found == digits.train_labels[nearest].numpy()).mean() > 0.99


def test_separation_equals_a_loop():
    random = np.random.default_rng(1)
    labels = random.integers(0, 4, 60)
    codes = random.normal(size=(60, 2)) + 3 * labels[:, None]
    classes = [[c for c, label in zip(codes, labels, strict=True) if label == k] for k in range(4)]
    means = [np.sum(of_class, axis=0) / len(of_class) for of_class in classes]
    centre = np.sum(means, axis=0) / 4
    between = math.sqrt(sum(((mean - centre) ** 2).sum() for mean in means) / 4)
    squares = [((c - means[k]) ** 2).sum() for k in range(4) for c in classes[k]]
    within = math.sqrt(sum(squares) / 60)
    assert separation(codes, labels) == pytest.approx((between, within))


@pytest.mark.slow
def test_tsne_keeps_neighbours_as_well_as_scikit_learns(digits):
    pixels = to_pixels(digits.test_images).numpy()
    ours = np.asarray(tsne_embedding(pixels, seed=0))
    theirs = TSNE(random_state=0).fit_transform(pixels)
    assert ours.shape == theirs.shape == (len(pixels), 2)
    assert trustworthiness(pixels, ours) > trustworthiness(pixels, theirs) - 0.01
    assert np.array_equal(ours, tsne_embedding(pixels, seed=0))


def test_one_dimensional_codes_have_an_embedding(digits):
    codes = to_pixels(digits.test_images[:100]).sum(1, keepdim=True).numpy()
    embedded = np.asarray(tsne_embedding(codes, seed=0))
    assert embedded.shape == (100, 2)
    assert trustworthiness(codes, embedded) > 0.95


@pytest.mark.slow
def test_classifier_classifies_mnist_after_one_epoch(mnist, monkeypatch):
    """After all five the gallery has its accuracy, which test_readme.py asks for."""
    monkeypatch.setattr(classifier, "RECIPE", replace(classifier.RECIPE, epochs=1))
    model = classifier.train_classifier(mnist, torch.device("cpu"))
    found = classify(model, to_pixels(mnist.test_images))
    assert (found == mnist.test_labels).double().mean() >= 0.985


@pytest.mark.slow
def test_classifier_is_kept_and_leaves_the_random_numbers_alone(digits, tmp_path, monkeypatch):
    before = torch.get_rng_state()
    with quick_judges(60):
        model = classifier.load_or_train(tmp_path, "digits", digits, torch.device("cpu"))
    assert torch.equal(before, torch.get_rng_state())
    pixels = to_pixels(digits.test_images)
    monkeypatch.setattr(classifier, "train_classifier", None)  # a second training would fail
    kept = classifier.load_or_train(tmp_path, "digits", digits, torch.device("cpu"))
    with torch.no_grad():
        assert torch.equal(model(pixels), kept(pixels))
    one_by_one = [int(kept(pixel[None]).argmax()) for pixel in pixels]
    assert classify(kept, pixels).tolist() == one_by_one
    assert (torch.tensor(one_by_one) == digits.test_labels).double().mean() > 0.8


def test_fit_equals_a_loop_with_torchs_optimizer(digits):
    """The batches, updates and learning rates of `fit`, taken one by one."""
    images = digits.train_images[:50]
    recipe = Recipe(
        name="line",
        epochs=2,
        least_steps=5,
        batch_size=20,
        learning_rate=0.1,
        weight_decay=0.1,
        seed=3,
    )

    def make() -> torch.nn.Linear:
        return torch.nn.Linear(784, 1)

    seen = []

    def batch_loss(model, index, generator):
        seen.append(index)
        return (
            (model(to_pixels(images[index])) - torch.rand(1, generator=generator)).square().mean()
        )

    found = fit(make, images, recipe, batch_loss)
    assert not found.training
    batches, seen = seen, []
    assert len(batches) == 6  # two batches an epoch: three epochs, for at least five steps
    for epoch in range(3):
        both = torch.cat(batches[2 * epoch : 2 * epoch + 2])
        assert sorted(both.tolist()) == list(range(50))

    torch.manual_seed(3)
    model, generator = make(), torch.Generator().manual_seed(3)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, weight_decay=0.1)
    for step, index in enumerate(batches):
        if step % 2 == 0:
            order = torch.randperm(50, generator=generator)
            assert torch.equal(order, torch.cat(batches[step : step + 2]))
        optimizer.param_groups[0]["lr"] = 0.1 * one_cycle_factor(step, 6)
        optimizer.zero_grad()
        batch_loss(model, index, generator).backward()
        optimizer.step()
    assert torch.allclose(model.weight, found.weight, atol=1e-6)
    unlike = fit(make, images, replace(recipe, seed=4), batch_loss)
    assert not torch.allclose(unlike.weight, found.weight, atol=1e-3)


def test_history_of_a_latent_space_is_read_back(digits, tmp_path):
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
            image = model(to_pixels(digits.test_images[[first]])).view(28, 28) * 255
            assert np.abs(history.reconstructions[0, digit] - image.numpy()).max() <= 0.51
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


# ---- codes ---------------------------------------------------------------------------------


def test_effective_dimension_of_known_variances():
    random = np.random.default_rng(0)
    codes = random.normal(size=(50_000, 4))
    assert effective_dimension(codes) == pytest.approx(4, rel=1e-3)
    assert effective_dimension(codes[:, :1]) == pytest.approx(1)
    # Variances of 9, 1, 1 and 1 in some rotated axes: 12² / 84.
    turned = (codes * [3, 1, 1, 1]) @ np.linalg.qr(random.normal(size=(4, 4)))[0]
    assert effective_dimension(turned) == pytest.approx(144 / 84, rel=0.01)


def test_dead_dimensions_are_those_the_decoder_does_not_read():
    weights = torch.zeros(5, 784)
    weights[1], weights[3, 0] = 0.01, 0.1  # one moves all pixels, one a single one
    codes = torch.randn(200, 5, generator=torch.Generator().manual_seed(0))
    assert dead_dimensions(lambda some: some @ weights, codes) == 3
    weights[4] = 1e-4  # too little for half a grey level
    assert dead_dimensions(lambda some: some @ weights, codes) == 3


def test_a_linear_probe_is_linear():
    """It tells half-planes apart, and not a disc from the ring around it."""
    points = np.random.default_rng(0).uniform(-1, 1, size=(600, 2))
    half, disc = (points @ [1, 2] > 0).astype(int), (np.hypot(*points.T) < 0.8).astype(int)
    train, test = slice(0, 400), slice(400, 600)
    assert linear_probe(points[train], half[train], points[test], half[test]) > 0.97
    assert linear_probe(points[train], disc[train], points[test], disc[test]) < 0.75


def test_standardising_is_scikit_learns():
    train, codes = np.random.default_rng(0).normal(3, 5, size=(2, 50, 4))
    scaler = StandardScaler().fit(train)
    for found, raw in zip(standardised(train, codes), (train, codes), strict=True):
        np.testing.assert_allclose(found, np.asarray(scaler.transform(raw)))
    train[:, 2] = 7
    assert np.isfinite(np.stack(standardised(train, codes))).all()


def test_drawn_codes_have_mean_and_covariance_of_the_training_codes():
    random = np.random.default_rng(0)
    train = random.normal(size=(5000, 3)) * [1, 2, 0.5] + random.integers(0, 2, (5000, 1)) * 6
    drawn = drawn_codes(train, 20_000, seed=0)
    assert drawn.shape == (20_000, 3)
    np.testing.assert_allclose(drawn.mean(0), train.mean(0), atol=0.15)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(train.T), rtol=0.1, atol=0.2)


def test_codes_between_two_lie_on_a_line():
    first, last = torch.tensor([0.0, 4.0]), torch.tensor([2.0, 0.0])
    expected = torch.tensor([[0.0, 4.0], [1.0, 2.0], [2.0, 0.0]])
    torch.testing.assert_close(between(first, last, 3), expected)
