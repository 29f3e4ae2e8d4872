"""The names of files and folders in results/q2_autoencoder, for scripts, studies and the gallery.

A run's folder is named by `q2_autoencoder.config.run_name`.
"""

from q2_autoencoder.config import Processing

# In the folder of a run.
CHECKPOINT, METRICS, EVALUATION = "checkpoint.pt", "metrics.json", "evaluation.json"
FAILURE, ALL_CLUSTERED, BOOTSTRAP = "failure.json", "all_clustered.json", "bootstrap.json"
BEFORE_DIS_NET, SNAPSHOTS = "before-dis-net.pt", "snapshots.npz"
MEASURES: dict[Processing, str] = {  # of the reconstructions, by what was done to them
    "none": "measures.json",
    "contrast": "measures-contrast.json",
    "unsharp": "measures-unsharp.json",
}
# A new run in the folder discards them.
NUMBERS = (METRICS, EVALUATION, ALL_CLUSTERED, BOOTSTRAP, *MEASURES.values(), FAILURE)

# In folders of their own.
COMPARISON, ADVERSARIAL = "comparison.json", "adversarial.json"
BLIND_SPOTS, CHOICE, RATE_DISTORTION = "blind_spots.json", "choice.json", "rate_distortion.json"


def classifier(data: str) -> str:
    """Return the name of the file that holds the digit classifier of a data set."""
    return f"classifier-{data}.pt"


def blur_classifier(data: str) -> str:
    """Return the name of the file that holds the blur classifier of a data set."""
    return f"blur-classifier-{data}.pt"


def dis_net(data: str, seed: int) -> str:
    """Return the name of the file that holds dis_net after its first epoch."""
    return f"dis_net-{data}-seed{seed}.pt"


def comparison_folder(data: str, name: str) -> str:
    """Return the name of the folder of a comparison: of a loss, or of variants."""
    return f"comparison-{data}-{name}"


def judges_folder(data: str) -> str:
    """Return the name of the folder for what the judges cannot see."""
    return f"judges-{data}"


def choice_folder(data: str) -> str:
    """Return the name of the folder for the choice of weights."""
    return f"choice-{data}"


def rate_distortion_folder(data: str) -> str:
    """Return the name of the folder for the errors by latent dimension."""
    return f"rate-distortion-{data}"
