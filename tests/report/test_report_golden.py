"""Same report, same bytes: the samples and the hostile report, in every format."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.report import formats
from tests.report import golden, samples


@pytest.mark.parametrize(
    ("path", "render"), golden.GOLDEN.items(), ids=lambda v: getattr(v, "name", "")
)
def test_a_format_gives_the_bytes_on_record(path: Path, render: Callable[[], bytes]) -> None:
    made, kept = render(), path.read_bytes()  # machines may pack an archive differently
    same = golden.words(made) == golden.words(kept) if made.startswith(b"PK") else made == kept
    assert same, "if intended: python -m tests.report.golden"


@pytest.mark.parametrize("name", formats.known())
def test_rendering_twice_gives_the_same_bytes(name: str) -> None:
    assert golden.rendered(samples.big(40), name) == golden.rendered(samples.big(40), name)


@pytest.mark.parametrize("name", sorted(set(formats.known()) - {golden.UNPINNED}))
def test_every_format_has_a_sample(name: str) -> None:
    assert (
        samples.ROOT / "reports" / "samples" / f"office.{formats.find(name).about.ending}"
    ).is_file()
