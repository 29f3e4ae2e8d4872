"""Draw a digit in the browser and see what the codes of your own runs keep of it.

Usage:
    python q2_autoencoder/demo.py
    python q2_autoencoder/demo.py --seed 1 --port 8000
    python q2_autoencoder/demo.py --results results/other

Shows the reconstructions by 2, 16 and 256 latent dimensions, without and with dis_net, how each is
classified, and the place of the digit among the codes of the test images. Trains nothing: where a
run is missing, the page says which command makes it. `make demo` installs what this script needs
(requirements-demo.txt). It listens to this computer alone unless --host says otherwise, and sends
nothing out. Ctrl-C ends it.
"""

# pyright: reportMissingImports=false
# gradio is installed by `make demo` and `make test-demo` alone; the latter checks these types, too.

from dataclasses import dataclass, fields

from q2_autoencoder.config import LARGEST_SEED
from q2_autoencoder.options import DataSelection, parse_settings
from shared import cli
from shared.settings import option_words, setting

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class DemoSelection(DataSelection):
    """Which runs are shown, and where the page is served."""

    seed: int = setting(
        "--seed", default=0, type=cli.whole_number(0, LARGEST_SEED), help="seed of the runs"
    )
    host: str = setting(
        "--host",
        default=LOOPBACK,
        metavar="ADDRESS",
        help="address to listen on; others than the default let other computers in",
    )
    port: int = setting(
        "--port", default=7860, type=cli.whole_number(1, 65_535), help="port to listen on"
    )


def parse() -> DemoSelection:
    return parse_settings(__doc__, DemoSelection)


if __name__ == "__main__":
    parse()  # before torch is imported: --help and a wrong option answer at once

import base64
import importlib.util
import io
import os
import socket
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from q2_autoencoder.evaluation.answering import Ready, Runs, answer, prepare
from q2_autoencoder.evaluation.handwriting import mnist_like, read_picture
from q2_autoencoder.plots import drawing_pad
from q2_autoencoder.plots.answer import answer_html, error_html, hint_html, style
from q2_autoencoder.records import data_set_name
from shared import datasets
from shared.device import choose_device
from shared.errors import BadInput

if TYPE_CHECKING:  # gradio takes seconds to import, and may be missing
    import gradio

MOST_BYTES = 30_000_000  # of an uploaded file
KEPT_SECONDS = 600  # how long the server keeps it; none outlives the server
# For gradio and its HTTP client: nothing is reported or looked up elsewhere, and what the server
# asks itself goes through no proxy.
ENVIRONMENT = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "NO_PROXY": "*",
    "no_proxy": "*",
}
# The place of the answers tells a screen reader of each new one; it must be there before them.
TOLD = "element.setAttribute('role', 'status');"
HINT = "Draw a digit, or upload a picture of one."


def main() -> None:
    selection = parse()
    if importlib.util.find_spec("gradio") is None:
        raise BadInput("gradio is not installed; `make demo` installs it and starts the demo")
    check_address(selection.host, selection.port)
    device = choose_device(selection.device)
    data = datasets.load(selection.data, selection.data_dir)
    print("encoding the test images ...", flush=True)
    ready = prepare(runs_of(selection), data, device)
    with tempfile.TemporaryDirectory(prefix="demo-") as uploads:
        os.environ.update(ENVIRONMENT | {"GRADIO_TEMP_DIR": uploads})
        serve(page(ready, selection), style(ready.maps), selection)


def runs_of(selection: DemoSelection) -> Runs:
    """Return which runs are shown, and the options that other scripts need to make them."""
    defaults = {field.name: field.default for field in fields(selection)}
    values = {name: getattr(selection, name) for name in ("data", "data_dir", "results")}
    given = {name: value for name, value in values.items() if value != defaults[name]}
    words = option_words(DemoSelection, given)
    return Runs(selection.results, selection.data, selection.seed, words)


def check_address(host: str, port: int) -> None:
    """Check, before anything takes time, that the page can be served at this address.

    Raises:
        BadInput: the address is none of this computer's, or is taken.
    """
    try:
        host.encode("idna")  # as `socket` does, which has no error of its own for it
        with socket.create_server((host, port)):
            pass
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not the name of a computer"
        raise BadInput(
            f"cannot listen on {host}, port {port}: {reason}; give another --host or --port"
        ) from None


def answered(ready: Ready, file: Path | BinaryIO, subject: str) -> str:
    """Return the answer to a picture of a digit as HTML, or what is wrong with the picture."""
    try:
        return answer_html(answer(ready, mnist_like(read_picture(file))), subject)
    except BadInput as error:
        return error_html(str(error))


def decoded(data_url: str) -> BinaryIO:
    """Return the file in a data URL such as a browser's canvas makes; an empty one for others."""
    try:
        return io.BytesIO(base64.b64decode(data_url.partition(",")[2]))
    except ValueError:  # no base64
        return io.BytesIO()


def page(ready: Ready, selection: DemoSelection) -> "gradio.Blocks":
    """Return the page. It shows the first test image until something is drawn or uploaded."""
    import gradio

    def drawn(event: gradio.EventData) -> str:
        return answered(ready, decoded(event.drawing), "your drawing")

    def uploaded(path: str) -> str:
        return answered(ready, Path(path), "your picture")

    example = hint_html(f"{HINT} Until then, see the first test image.")
    example += answer_html(answer(ready, ready.test_images[0]), "the first test image")
    title = "What codes keep of your digit"
    # One answer at a time, however many users ask: torch has all cores for it, and is soon done.
    asked = {"concurrency_limit": 1, "concurrency_id": "answer", "show_progress": "hidden"}
    with gradio.Blocks(
        title=title,
        analytics_enabled=False,
        fill_width=True,
        delete_cache=(KEPT_SECONDS, KEPT_SECONDS),
    ) as blocks:
        gradio.HTML(
            f"<h1>{title}</h1><p>Autoencoders trained on {data_set_name(selection.data)} with an "
            f"L1 loss, seed {selection.seed}: what 2, 16 and 256 numbers keep of a digit, without "
            "and with dis_net.</p>",
            elem_classes="title",
        )
        with gradio.Row():
            with gradio.Column(scale=1, min_width=290):
                pad = gradio.HTML(
                    html_template=drawing_pad.HTML,
                    css_template=drawing_pad.CSS,
                    js_on_load=drawing_pad.JAVASCRIPT,
                )
                upload = gradio.UploadButton("Upload a picture", elem_classes="upload")
            with gradio.Column(scale=4, min_width=320):
                shown = gradio.HTML(example, js_on_load=TOLD)
        pad.input(drawn, None, shown, trigger_mode="always_last", **asked)
        pad.clear(lambda: hint_html(HINT), None, shown, show_progress="hidden")
        upload.upload(uploaded, upload, shown, **asked)
    return blocks


def serve(blocks: "gradio.Blocks", css: str, selection: DemoSelection) -> None:
    """Serve the page until a signal ends the program."""
    from gradio.themes import Base

    fonts = ["system-ui", "sans-serif"]  # of the computer, where gradio's own theme brings others
    if not socket.gethostbyname(selection.host).startswith("127."):
        cli.remark(f"--host {selection.host}: other computers may use the page, too")
    blocks.queue(api_open=False).launch(
        server_name=selection.host,
        server_port=selection.port,
        share=False,
        theme=Base(font=fonts, font_mono=["ui-monospace", "monospace"]),
        css=css,
        max_file_size=MOST_BYTES,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        quiet=True,
        prevent_thread_lock=True,
    )
    print(f"open http://{selection.host}:{selection.port} in a browser; Ctrl-C ends it", flush=True)
    try:
        while True:
            time.sleep(3600)
    finally:
        blocks.close(verbose=False)


if __name__ == "__main__":
    cli.run(main)
