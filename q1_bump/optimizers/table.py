"""The optimizers of torch.optim that are compared with Adam, by name; torch is not imported."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class OptimizerSpec:
    """How an optimizer is made.

    All take the problem's learning rate; what is not said here is as torch sets it.

    Attributes:
        torch_class: its name in torch.optim.
        moments: whether it also takes the problem's β₁, β₂ and ε.
        more: further arguments.
    """

    torch_class: str
    moments: bool = False
    more: Mapping[str, float | bool] = field(default_factory=dict)


OPTIMIZERS = {
    "sgd": OptimizerSpec("SGD"),
    "momentum": OptimizerSpec("SGD", more={"momentum": 0.9}),
    "nesterov": OptimizerSpec("SGD", more={"momentum": 0.9, "nesterov": True}),
    "asgd": OptimizerSpec("ASGD"),
    "rprop": OptimizerSpec("Rprop"),
    "adagrad": OptimizerSpec("Adagrad"),
    "adadelta": OptimizerSpec("Adadelta"),
    "rmsprop": OptimizerSpec("RMSprop"),
    "adafactor": OptimizerSpec("Adafactor"),
    "adam": OptimizerSpec("Adam", moments=True),
    "amsgrad": OptimizerSpec("Adam", moments=True, more={"amsgrad": True}),
    "adamw": OptimizerSpec("AdamW", moments=True),
    "adamax": OptimizerSpec("Adamax", moments=True),
    "nadam": OptimizerSpec("NAdam", moments=True),
    "radam": OptimizerSpec("RAdam", moments=True),
}

NOT_APPLICABLE = {
    "LBFGS": "evaluates the loss several times a step and needs curvature, which is 0 here",
    "SparseAdam": "takes sparse gradients only; on one parameter it would be Adam",
    "Muon": "takes matrices only",
}
