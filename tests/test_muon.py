"""Muon in float32 against torch's own, which computes in bfloat16, and against the SVD."""

import pytest
import torch
from torch import nn

from q2_autoencoder.config import TrainingConfig
from q2_autoencoder.networks.autoencoder import BLOCKS, Autoencoder
from q2_autoencoder.training.muon import Muon, orthogonalised
from q2_autoencoder.training.optimization import make_optimizers


def test_orthogonalised_keeps_the_singular_vectors():
    torch.manual_seed(0)
    matrices = torch.randn(3, 12, 30) @ torch.diag(torch.logspace(0, -1, 30))
    found = orthogonalised(matrices)
    for matrix, other in zip(matrices, found, strict=True):
        u, _, v = torch.linalg.svd(matrix, full_matrices=False)
        inside = u.mT @ other @ v.mT
        values = inside.diagonal()
        torch.testing.assert_close(inside, torch.diag(values), rtol=0, atol=1e-4)
        assert values.min() > 0.6
        assert values.max() < 1.25
        torch.testing.assert_close(u @ inside @ v, other, rtol=0, atol=1e-4)


FP32, BF16 = (torch.autocast("cpu", torch.bfloat16, enabled=enabled) for enabled in (False, True))


@pytest.mark.parametrize("precision", [FP32, BF16])
@pytest.mark.parametrize("shapes", [[(20, 48), (48, 20), (20, 48)], [(32, 32)], [(7, 3)]])
def test_muon_goes_where_torch_goes(shapes, precision):
    torch.manual_seed(0)
    start = [torch.randn(shape) for shape in shapes]
    ours, theirs = ([nn.Parameter(weight.clone()) for weight in start] for _ in range(2))
    optimizers = (
        Muon(ours, 0.02, precision),
        torch.optim.Muon(theirs, lr=0.02, weight_decay=0.0, momentum=0.95, nesterov=True),
    )
    for _ in range(10):
        gradients = [torch.randn(shape) for shape in shapes]
        for weights, optimizer in zip((ours, theirs), optimizers, strict=True):
            for weight, gradient in zip(weights, gradients, strict=True):
                weight.grad = gradient.clone()
            optimizer.step()
    for one, other, first in zip(ours, theirs, start, strict=True):
        difference = (one - other).norm() / (other - first).norm()
        assert difference < 0.02  # bfloat16's rounding to 8 bits


def test_kernels_are_flattened_and_weights_without_gradient_stay():
    torch.manual_seed(0)
    kernel, matrix, idle = (
        nn.Parameter(weight)
        for weight in (torch.zeros(6, 2, 3, 3), torch.zeros(6, 18), torch.ones(4, 4))
    )
    kernel.grad = torch.randn(kernel.shape)
    matrix.grad = kernel.grad.flatten(1)
    Muon([kernel, matrix, idle], 0.1, FP32).step()
    torch.testing.assert_close(kernel.flatten(1), matrix)
    assert kernel.abs().max() > 0
    assert (idle == 1).all()


def test_each_weight_has_one_optimizer():
    model = Autoencoder(3)
    config = TrainingConfig(latent_dim=3, peak_lr=0.004, muon_lr=0.03, precision="fp32")
    (of_adam,), (of_muon,) = (one.param_groups for one in make_optimizers(model, config))
    held = [*of_adam["params"], *of_muon["params"]]
    assert len(held) == len(set(map(id, held))) == len(list(model.parameters()))
    # Four of each pair of residual blocks, two beside the code, the two strided kernels.
    assert len(of_muon["params"]) == 4 * BLOCKS + 2 + 2
    assert (of_adam["lr"], of_muon["lr"]) == (0.004, 0.03)
