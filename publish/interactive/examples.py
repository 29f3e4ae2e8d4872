"""What the page shows of a statement that does not hold: where "Look at it" leads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from q2_autoencoder.training.named_variants import PLAIN


@dataclass(frozen=True)
class BumpExample:
    """A trajectory over the bump.

    Attributes:
        optimizer: as `--optimizer` takes it.
        parameters: by name, as they would be typed; the others are the assignment's.
        step_table: whether the table of the steps is opened, and led to.
    """

    optimizer: str = "adam"
    parameters: Mapping[str, str] = field(default_factory=dict)
    step_table: bool = False
    part: Literal["bump"] = "bump"


@dataclass(frozen=True)
class EmbeddingExample:
    """The t-SNE embedding of the 16-D codes, coloured by k-means cluster.

    Attributes:
        image: the test image that is pointed at, or None where it does not matter which.
    """

    image: int | None = None
    part: Literal["embedding"] = "embedding"


@dataclass(frozen=True)
class VariantExample:
    """Test images through a variant at a latent dimension, and its numbers."""

    dimension: str
    variant: str
    part: Literal["variants"] = "variants"


Example = BumpExample | EmbeddingExample | VariantExample

DESCENT = BumpExample("sgd", step_table=True)
ADAM = BumpExample(step_table=True)

# By the statement's quotation. page/tests names the statements that do not hold and of which the
# page shows nothing.
EXAMPLES: Mapping[str, Example] = {
    "step 4: (1.2, -1.2)": DESCENT,
    "step 6: (1.2, -1.2)": DESCENT,
    "because the learning rate is too large, we cannot reach the local minimum": BumpExample(
        "sgd", {"alpha": "0.5"}
    ),
    "Maximum high = 0.411": BumpExample(parameters={"height": "0.411"}),
    "q_t^2 indicates the elementwise square g_t ⊙ g_t": ADAM,
    "M(t) = beta1*(1-beta1^(t-1)-(1-beta1) = 2*beta1-beta1^(t-1)": ADAM,
    "M^ = 0.511614...": ADAM,
    "M(t) = beta1*(2*beta1-beta1^(t-2)) - (1-beta1)": ADAM,
    "with most of the numbers being identified as 3": VariantExample("2", PLAIN),
    "The result of latent space 16 and 256 are similar": VariantExample("16", PLAIN),
    "K-Means result shows that 16D and 256D are well clustered": EmbeddingExample(),
    "since they retained more features": EmbeddingExample(),
    "All methods ... present acceptable reconstraction": VariantExample("2", PLAIN),
    "the clusters match separate categories better ... when the latent dimension increase": (
        EmbeddingExample()
    ),
    # A 9 in the cluster of the 4s: no cluster is led by 9s.
    "(each cluster the colored blocked corresponds to a different digit)": EmbeddingExample(7),
}
