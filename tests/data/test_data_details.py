"""The profile's tables about the organisation, its contracts and suppliers, strictly read."""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import data
from scanner.errors import DataError
from scanner.remedy import Contract, Details, Supplier

CLAUSES, VENDORS = {"52.204-25", "52.240-91"}, {"hikvision", "lorex"}
WHOLE = """
[federal-contract]
answer = "yes"
who = "A. Person"
when = 2026-11-23

[organisation]
name = "Example Ltd."
timezone = "America/New_York"
mitigation = "A network of their own."

[[contracts]]
number = "0000-24-C-0001"
clause = "52.204-25"
orders = ["0001", "0002"]
officer = "C. Officer"

[[suppliers]]
name = "Example Cameras Inc."
uei = "EXAMPLE00001"
cage = "0EX00"
macs = ["44-19-B6-00-00-01"]
makers = ["hikvision"]
"""


def read(folder: Path, text: str) -> Details:
    path = folder / "profile.toml"
    path.write_text(text, "utf-8", errors="replace")
    return data.read_details(path, CLAUSES, VENDORS)


def test_a_profile_says_what_only_the_organisation_knows(tmp_path: Path) -> None:
    said = read(tmp_path, WHOLE)
    assert (said.name, str(said.zone)) == ("Example Ltd.", "America/New_York")
    assert said.contracts == (
        Contract("0000-24-C-0001", "52.204-25", ("0001", "0002"), "C. Officer"),
    )
    assert said.suppliers == (
        Supplier(
            "Example Cameras Inc.", "EXAMPLE00001", "0EX00", ("44:19:b6:00:00:01",), (),
            ("hikvision",),
        ),
    )  # fmt: skip
    assert said.mitigation == "A network of their own."


def test_answers_alone_are_still_a_profile(tmp_path: Path) -> None:
    assert read(tmp_path, '[trade]\nanswer = "unknown"') == Details()
    questions = data.load().questions
    (tmp_path / "whole.toml").write_text(WHOLE, "utf-8")
    assert len(data.read_profile(tmp_path / "whole.toml", questions)) == len(questions)


@pytest.mark.parametrize(
    ("text", "entry", "reason"),
    [
        ("[organisation]\nnmae = 'x'", "organisation.nmae", "Extra inputs are not permitted"),
        ("[organisation]\nname = 7", "organisation.name", "valid string"),
        ("[organisation]\ntimezone = 'Mars'", "organisation.timezone", "no time zone that this"),
        ("[organisation]\ntimezone = '../x'", "organisation.timezone", "no time zone that this"),
        ("[[contracts]]\nclause = '52.204-25'", "contracts.0.number", "Field required"),
        ("[[contracts]]\nnumber = '1'\nclause = '52'", "contracts.0.clause", "'52' is not known"),
        ("[contracts]\nnumber = '1'", "contracts", "valid list"),
        ("[[suppliers]]\nname = 'x'\nmacs = ['1']", "suppliers.0.macs.0", "match pattern"),
        ("[[suppliers]]\nname = 'x'\nmakers = ['y']", "suppliers.0.makers", "'y' is not known"),
        ("[[suppliers]]\nname = ''", "suppliers.0.name", "at least 1 character"),
    ],
)
def test_a_mistake_is_refused_with_its_entry(
    tmp_path: Path, text: str, entry: str, reason: str
) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, text)
    assert caught.value.entry == entry
    assert reason in caught.value.reason


@given(st.text())
def test_whatever_stands_there_is_read_or_refused(text: str) -> None:
    with TemporaryDirectory() as folder, suppress(DataError):
        read(Path(folder), f"[organisation]\n{text}")
