"""Where each tensor lies on a CUDA device, on machines without one: torch's fake tensors have
shapes and devices, but no values, and refuse to mix devices as the real ones do. (Without a GPU
there are no fake backward pass and no autocast.)
"""

from collections.abc import Iterator

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from q2_autoencoder.evaluation.blur_classifier import BlurClassifier
from q2_autoencoder.evaluation.classifier import EvaluationClassifier
from q2_autoencoder.evaluation.sharpness import sharpness
from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.batches import shuffled_indices, to_pixels
from q2_autoencoder.networks.blur import blur, blur_randomly
from q2_autoencoder.networks.discriminator import Discriminator, normalised_once
from shared.device import in_precision

CUDA = torch.device("cuda", 0)


@pytest.fixture(autouse=True)
def fake() -> Iterator[None]:
    with FakeTensorMode(allow_non_fake_inputs=True):  # constants of the modules are real
        yield


@pytest.fixture
def pixels() -> torch.Tensor:
    images = torch.zeros(40, 28, 28, dtype=torch.uint8, device=CUDA)
    (index,) = shuffled_indices(len(images), 40, torch.Generator(), CUDA)
    return to_pixels(images[index])


def assert_there(tensor: torch.Tensor, *shape: int) -> None:
    assert tensor.device == CUDA
    assert tuple(tensor.shape) == shape


def test_fake_tensors_refuse_to_mix_devices(pixels):
    with pytest.raises(RuntimeError, match="same device"):
        pixels.add(torch.zeros(40, 784))


def test_reconstructions(pixels):
    with CUDA:
        model = Autoencoder(2)
    assert_there(model.encode(pixels), 40, 2)
    reconstructions = in_precision(model, CUDA, "fp32")(pixels)
    assert_there(reconstructions, 40, 784)
    assert_there(torch.nn.functional.l1_loss(reconstructions, pixels))


def test_blur(pixels):
    assert_there(blur(pixels, 0.7), 40, 784)
    assert_there(blur_randomly(pixels, (0.3, 1.5), torch.Generator()), 40, 784)


def test_dis_net(pixels):
    with CUDA:
        dis_net = Discriminator()
    with normalised_once(dis_net):
        features = dis_net.features(pixels)
        scores = dis_net.score(features)
    assert_there(features[0], 40, 16, 14, 14)
    assert_there(features[1], 40, 32, 7, 7)
    assert_there(scores, 40)


def test_judges(pixels):
    with CUDA:
        classifier, blurs = EvaluationClassifier().eval(), BlurClassifier().eval()
    assert_there(classifier(pixels), 40, 10)
    assert_there(blurs(pixels), 40)
    assert_there(sharpness(pixels), 40)
