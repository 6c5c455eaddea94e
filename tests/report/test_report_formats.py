"""The folder is the registry; a wrong name is answered with the right ones; nothing piles up."""

import tracemalloc

import pytest

from scanner.errors import UsageError
from scanner.report import formats
from tests.report import samples


def test_the_folder_is_the_registry() -> None:
    folder = samples.ROOT / "scanner" / "report"
    ending = [p.stem for p in sorted(folder.glob("*.py")) if "\nFORMAT: Format = " in p.read_text()]
    assert list(formats.known()) == ending
    assert {"csv", "html", "json"} <= set(ending)


def test_a_format_is_found_by_its_name() -> None:
    assert all(formats.find(name).name == name for name in formats.known())


def test_an_unknown_format_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="no report format 'docx'; there are: csv, "):
        formats.find("docx")


@pytest.mark.parametrize("name", sorted(set(formats.known()) - {"pdf"}))
def test_five_thousand_devices_are_never_in_memory_as_one_text(name: str) -> None:
    report = samples.big(5000)
    tracemalloc.start()
    size = sum(len(piece) for piece in formats.find(name).render(report, samples.templates))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 1_000_000 or name == "md"
    assert peak < 12_000_000


@pytest.mark.parametrize("name", formats.known())
def test_values_of_a_megabyte_do_not_swell_what_people_open(name: str) -> None:
    report = samples.spoiled(samples.bare(), "\x1b" * 1_000_000)
    size = sum(len(piece) for piece in formats.find(name).render(report, samples.templates))
    assert name in ("json", "jsonl") or size < 1_000_000
