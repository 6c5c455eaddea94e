"""Price file, catalogue, decisions and the rules of the plan: strictly read, faults named."""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import data
from scanner.errors import CamcensusError, DataError
from scanner.remedy import Choice, Disposition, Span, Statement, Traits
from tests.data.small import data_directory, replace

PRICES = """\
currency = "USD"
rate = [95, 125.50]
budget_year_begins = 10

[camera]
unit = [350, 800]
hours = [1, 3]
licence = 45
"""
HEADER = "maker,model,class,form_factor,resolution,poe_class,channels,onvif,statement_url,"
HEADER += "statement_scope,statement_date,read,note\n"
AXIS = "Axis,P1,camera,dome,2 MP,class 3,,S T,https://v.example/889,model,2026-05-04,2026-11-02,\n"
TOML = """\
[[products]]
maker = "Axis"
model = "P1"
class = "camera"
form_factor = "dome"
resolution = "2 MP"
poe_class = "class 3"
onvif = "S T"
statement_url = "https://v.example/889"
statement_scope = "model"
statement_date = 2026-05-04
read = 2026-11-02
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8", errors="replace")
    return path


def test_prices_are_ranges_exactly_as_written(tmp_path: Path) -> None:
    prices = data.read_prices(written(tmp_path, "p.toml", PRICES))
    assert (prices.currency, prices.year_begins) == ("USD", 10)
    assert prices.rate == Span(Decimal(95), Decimal("125.50"))
    assert prices.cost("camera") == (
        Span(Decimal(350 + 95 + 45), Decimal("1221.50")),
        Span(Decimal(1), Decimal(3)),
    )
    assert prices.cost("recorder") is None


@pytest.mark.parametrize(
    ("old", "new", "entry", "reason"),
    [
        ('"USD"', '"dollars"', "currency", "match pattern"),
        ("[95, 125.50]", "[125, 95]", "rate", "must run from low to high"),
        ("[95, 125.50]", "'95'", "rate", "must be a number, or two"),
        ("[95, 125.50]", "[1, 2, 3]", "rate", "must be a number, or two"),
        ("[95, 125.50]", "true", "rate", "must be a number, or two"),
        ("[95, 125.50]", "nan", "rate", "must run from low to high"),
        ("[1, 3]", "[-1, 3]", "camera.hours", "between 0 and"),
        ("[1, 3]", "[1, inf]", "camera.hours", "between 0 and"),
        ("licence", "license", "camera.license", "Extra inputs are not permitted"),
        ("[camera]", "[cameras]", "", "prices no class; there are: camera"),
        ("= 10", "= 13", "budget_year_begins", "less than or equal to 12"),
        ("unit = [350, 800]\n", "", "camera.unit", "Field required"),
        ("rate =", "rate", "", "is not TOML"),
    ],
)
def test_a_wrong_price_is_refused_with_its_entry(
    tmp_path: Path, old: str, new: str, entry: str, reason: str
) -> None:
    with pytest.raises(DataError) as caught:
        data.read_prices(written(tmp_path, "p.toml", PRICES.replace(old, new)))
    assert caught.value.entry == entry
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("name", "text"),
    [("c.csv", HEADER + AXIS), ("c.csv", "\ufeff" + HEADER + AXIS), ("c.toml", TOML)],
)
def test_a_catalogue_row_is_a_product(tmp_path: Path, name: str, text: str) -> None:
    (product,) = data.read_catalogue(written(tmp_path, name, text))
    assert (product.maker, product.model, product.source) == ("Axis", "P1", f"catalogue {name}")
    assert product.traits == Traits("camera", "dome", "2 MP", "class 3", None, ("S", "T"))
    assert product.statement == Statement(
        "section 889", "model", f"catalogue {name}", "https://v.example/889", date(2026, 5, 4),
        date(2026, 11, 2),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "entry", "reason"),
    [
        (HEADER + AXIS.replace("camera", "webcam"), "line 2, class", "'camera', 'recorder'"),
        (HEADER + AXIS.replace("2 MP", "2MP"), "line 2, resolution", "match pattern"),
        (HEADER + AXIS.replace("Axis", ""), "line 2, maker", "Field required"),
        (HEADER + AXIS.replace("2026-11-02", "2.11.2026"), "line 2, read", "isoformat"),
        (HEADER + AXIS.replace("2026-11-02", ""), "line 2", "and read, the day it was read"),
        (HEADER + AXIS.replace("https:", "http:"), "line 2, statement_url", "match pattern"),
        (HEADER + "Axis,P1,recorder,,,,many,,,,,,\n", "line 2, channels", "valid integer"),
        (HEADER + "Axis,P1,camera\n", "line 2", "has not as many cells"),
        (HEADER + AXIS.replace(",\n", ",,,\n"), "line 2", "has not as many cells"),
        (HEADER.replace("note", "price") + AXIS.replace(",\n", ",9\n"), "line 2, price", "Extra"),
        (HEADER + '"Axis"x,P1\n', "line 2", "is not CSV"),
    ],
)
def test_a_wrong_catalogue_row_is_refused_with_its_line(
    tmp_path: Path, text: str, entry: str, reason: str
) -> None:
    with pytest.raises(DataError) as caught:
        data.read_catalogue(written(tmp_path, "c.csv", text))
    assert caught.value.entry == entry
    assert reason in caught.value.reason


@given(st.text())
def test_whatever_stands_in_a_file_is_read_or_refused(text: str) -> None:
    with TemporaryDirectory() as folder:
        for name, read in (
            ("c.csv", data.read_catalogue),
            ("c.toml", data.read_catalogue),
            ("p.toml", data.read_prices),
            ("d.json", data.read_choices),
        ):
            for start in ("", HEADER, PRICES, TOML):
                with suppress(DataError):
                    read(written(Path(folder), name, start + text))


WORDS = st.text(max_size=40)
CHOICES = st.builds(
    Choice,
    st.integers(0, 10**9).map(lambda n: (f"mac:{n}",)),
    st.none() | st.sampled_from(Disposition),
    WORDS,
    st.none() | st.dates(),
    WORDS,
    WORDS,
    st.none() | st.dates(),
)


@given(st.lists(CHOICES, unique_by=lambda c: c.keys, max_size=5))
def test_decisions_come_back_as_they_were_written(choices: list[Choice]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "new" / "plan.json"
        data.write_choices(path, choices)
        assert data.read_choices(path) == tuple(choices)
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{}", "Field required"),
        ('{"schema": "decisions-2", "decisions": []}', "decisions-1"),
        ('{"schema": "decisions-1", "decisions": [{"keys": []}]}', "at least 1 item"),
        ('{"schema": "decisions-1", "decisions": [{"keys": ["x"]}]}', "match pattern"),
        ('{"schema": "decisions-1", "decisions": [{"keys": ["mac:1"], "cost": 1}]}', "not permit"),
        ('{"schema": "decisions-1", "decisions": [{"keys": ["mac:1"]}, {"keys": ["mac:1"]}]}',
         "decides on mac:1 again"),
        ("[", "Invalid JSON"),
    ],
)  # fmt: skip
def test_a_wrong_file_of_decisions_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        data.read_choices(written(tmp_path, "plan.json", text))


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CamcensusError, match="cannot be written"):
        data.write_choices(tmp_path / "file" / "plan.json", ())


RULES = "rules/replacements.yml"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("id: verdict", "id: colour", "'id' should be 'applicability'"),
        ("applies: [some-list]", "applies: [no-list]", "'no-list' is no list"),
        ("[listed, review, undetermined]", "[listed, review]", "every device that is undetermined"),
        ("dispositions: [keep]", "dispositions: [keep, isolate]", "must stand in one phase"),
        ("vendors: [acme]", "vendors: [nut]", "'nut' is no id of vendors/vendors.yml"),
        ("vendor: bolt", "vendor: nut", "'nut' is no id of vendors/vendors.yml"),
        ("example: AC-D1", "example: AC-E1", "'AC-E1' does not match the pattern"),
        ("'^AC-D'", "'^AC-D('", "not a regular expression"),
        ("'^AC-D'", "'(a+)+AC-D'", "a repeat inside a repeat"),
        ("grade: B,\n   source", "grade: C,\n   source", "'grade' should be 'A' or 'B'"),
    ],
)
def test_a_rule_of_the_plan_that_cannot_hold_is_refused(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    data_directory(tmp_path)
    replace(tmp_path, RULES, old, new)
    with pytest.raises(DataError) as caught:
        data.load(tmp_path)
    assert Path(caught.value.path) == tmp_path / RULES
    assert reason in str(caught.value)
