"""Muon: momentum whose update of each matrix is made orthogonal.

Jordan et al., "Muon: an optimizer for hidden layers in neural networks" (2024). torch.optim.Muon
always computes in bfloat16, which many processors emulate, and takes one matrix after another;
this one computes in the precision of the training, and matrices of one shape together. Otherwise
it is the same, and the tests compare the two.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

MOMENTUM = 0.95
COEFFICIENTS = (3.4445, -4.775, 2.0315)  # of the quintic, from the paper
ITERATIONS = 5


def orthogonalised(matrices: Tensor) -> Tensor:
    """Return nearly U·Vᵀ of each of `matrices` (N, rows, columns), which are U·S·Vᵀ.

    Newton–Schulz iteration of a quintic; the singular values end between 0.7 and 1.2. There must
    be no more rows than columns.
    """
    linear, cubic, quintic = COEFFICIENTS
    values = matrices / matrices.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)
    for _ in range(ITERATIONS):
        gram = values @ values.mT
        polynomial = torch.baddbmm(gram, gram, gram, beta=cubic, alpha=quintic)
        values = torch.baddbmm(values, polynomial, values, beta=linear)
    return values


class Muon(torch.optim.Optimizer):
    """Moves matrices (kernels are flattened to (outputs, rest)) by orthogonalised momentum.

    Matrices of equal shape, up to transposition, are orthogonalised together.

    Args:
        matrices: weights of two dimensions or more.
        lr: learning rate: a step changes the singular values of a square or wide matrix by about
            so much, those of a tall one by √(rows/columns) as much.
        autocast: the precision of its matrix products.
    """

    def __init__(self, matrices: Iterable[Tensor], lr: float, autocast: torch.autocast):
        super().__init__(matrices, {"lr": lr})
        self.autocast = autocast

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Move the matrices once along their gradients, with Nesterov's momentum.

        Raises:
            ValueError: there is a closure; gradients are not computed here.
        """
        if closure is not None:
            raise ValueError("Muon takes gradients that are there already, and no closure")
        for group in self.param_groups:
            by_shape: dict[tuple[int, ...], list[tuple[Tensor, Tensor]]] = {}
            for weight in group["params"]:
                if weight.grad is not None:
                    direction = self._direction(weight, weight.grad)
                    by_shape.setdefault(direction.shape, []).append((weight, direction))
            for alike in by_shape.values():
                directions = torch.stack([direction for _, direction in alike])
                with self.autocast:
                    moves = orthogonalised(directions).float()
                for (weight, _), move in zip(alike, moves, strict=True):
                    rows, columns = len(weight), weight[0].numel()
                    factor = max(1.0, rows / columns) ** 0.5
                    move = (move.mT if rows > columns else move).reshape(weight.shape)
                    weight.add_(move, alpha=-group["lr"] * factor)

    def _direction(self, weight: Tensor, gradient: Tensor) -> Tensor:
        """Return the momentum as a matrix that is not taller than wide."""
        state = self.state[weight]
        if not state:
            state["momentum"] = torch.zeros_like(weight)
        momentum = state["momentum"].lerp_(gradient, 1 - MOMENTUM)
        direction = gradient.lerp(momentum, MOMENTUM).flatten(1)
        return direction.mT if len(direction) > direction.shape[1] else direction
