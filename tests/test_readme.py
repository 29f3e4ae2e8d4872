"""README's numbers are those of the gallery's files, and the gallery stays small."""

import re

from shared.files import PROJECT
from shared.gallery import FILES, GALLERY, LEDGER, README, results_table, with_results


def test_results_table_is_what_the_gallery_says():
    text = README.read_text(encoding="utf-8")
    assert with_results(text, results_table(GALLERY)) == text


def test_pictures_exist_and_the_gallery_is_small():
    for picture in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README.read_text(encoding="utf-8")):
        assert (PROJECT / picture).is_file(), picture
    assert {path.name for path in GALLERY.iterdir()} == set(FILES.values()) | LEDGER
    assert sum(path.stat().st_size for path in GALLERY.iterdir()) <= 3_000_000
