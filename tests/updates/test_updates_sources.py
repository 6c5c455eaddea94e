"""Every source: what it reads of a sound file, and how it refuses a broken one."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner import renewal
from scanner.errors import DataError
from scanner.updates import csl, fields, files
from scanner.updates.api import Row, Source
from tests.updates import made

SOURCES = {source.name: source for source in renewal.sources()}


def rows(name: str, path: Path) -> list[Row]:
    return list(SOURCES[name].rows(path))


def csl_row(tmp_path: Path, name: str, **given: str) -> Row:
    (row,) = rows("csl-csv", made.csl_csv(tmp_path / "c.csv", [made.record(name, **given)]))
    return row


def text(path: Path, content: str) -> Path:
    path.write_text(content, "utf-8")
    return path


FILES: dict[str, Callable[[Path], Path]] = {
    "csl-csv": lambda d: made.csl_csv(d / "c.csv", [made.record("X")]),
    "csl-json": lambda d: made.csl_json(d / "c.json", [made.record("X")]),
    "ofac-csv": lambda d: text(d / "cons_prim.csv", made.OFAC_PRIM),
    "ofac-xml": lambda d: text(d / "cons_advanced.xml", made.OFAC_XML),
    "ecfr-xml": lambda d: text(d / "title-15.xml", made.ECFR),
    "fcc-table": lambda d: text(d / "fcc.csv", made.FCC_CSV),
    "opensanctions-csv": lambda d: text(d / "targets.simple.csv", made.SIMPLE_CSV),
    "opensanctions-ftm": lambda d: text(d / "entities.ftm.json", made.FTM),
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_format_is_recognised_by_one_source_only(name: str, tmp_path: Path) -> None:
    head = files.head(FILES[name](tmp_path))
    assert [s.name for s in SOURCES.values() if s.accepts(head)] == [name]


def test_fcc_json_is_recognised_too(tmp_path: Path) -> None:
    head = files.head(text(tmp_path / "f.json", made.FCC_JSON))
    assert [s.name for s in SOURCES.values() if s.accepts(head)] == ["fcc-table"]


# The thirteen quirks of the Consolidated Screening List.


def test_blank_type_and_missing_id_column_are_read(tmp_path: Path) -> None:
    path = made.csl_csv(tmp_path / "c.csv", [made.record("Acme Ltd.")], drop="_id")
    (row,) = rows("csl-csv", path)
    assert (row.list, row.name, row.where) == ("us-bis-entity-list", "Acme Ltd.", "line 2")


def test_cmic_date_stands_among_the_identifiers(tmp_path: Path) -> None:
    ids = "Target Type, Public Company; Listing Date (CMIC), 03 Jun 2021; X, 1"
    row = csl_row(tmp_path, "HIKVISION", source=made.CMIC, programs="CMIC-EO13959", ids=ids)
    assert (row.list, row.start) == ("us-ofac-ns-cmic", date(2021, 6, 3))
    assert row.citation == "CMIC-EO13959"


@pytest.mark.parametrize(
    ("notice", "pages"),
    [
        ("83 FR 37423; 87 FR 77505", "83 FR 37423; 87 FR 77505"),
        ("67 F.R. 56530 9/4/02 67 F.R. 10890 3/11/02", "67 FR 56530; 67 FR 10890"),
        ("Vol. 88, No. 151, 08/08/2023", "Vol. 88, No. 151, 08/08/2023"),
    ],
)
def test_citations(tmp_path: Path, notice: str, pages: str) -> None:
    assert csl_row(tmp_path, "X", federal_register_notice=notice).citation == pages


@pytest.mark.parametrize(
    ("joined", "names"),
    [("A; B; and C", ("A", "B", "C")), ("[]", ()), ("", ()), ("and and and", ("and and",))],
)
def test_alternative_names(joined: str, names: tuple[str, ...], tmp_path: Path) -> None:
    assert csl_row(tmp_path, "X", alt_names=joined).aliases == names


def test_short_form_in_brackets_is_an_alias(tmp_path: Path) -> None:
    name = "China Electronics 13th Research Institute (CETC 13)"
    row = csl_row(tmp_path, name)
    assert row.name == name
    assert row.aliases == ("China Electronics 13th Research Institute", "CETC 13")
    assert fields.with_short_form("AB (A much longer form)") == ("AB (A much longer form)",)


def test_affiliates_keep_their_parent(tmp_path: Path) -> None:
    name = "Huawei Technologies Co., Ltd. (Huawei). Affiliated Entity: Synthetic Cloud"
    row = csl_row(tmp_path, name)
    assert row.parent == "Huawei Technologies Co., Ltd. (Huawei)"
    assert row.aliases == ("Synthetic Cloud",)


def test_odd_names_are_only_trimmed(tmp_path: Path) -> None:
    assert csl_row(tmp_path, "Address 01").name == "Address 01"
    assert csl_row(tmp_path, "Na?e   ").name == "Na?e"
    assert csl_row(tmp_path, " ").name == ""


def test_successor_clause_is_cut_and_noted(tmp_path: Path) -> None:
    row = csl_row(tmp_path, "Acme; and any successor, sub-unit, or subsidiary thereof")
    assert row.name == "Acme"
    assert "subsidiaries" in row.remarks


def test_addresses_and_their_countries(tmp_path: Path) -> None:
    row = csl_row(tmp_path, "X", addresses="1 A Road, China; and 2 B Road, Hebei, CN")
    assert row.addresses == ("1 A Road, China", "2 B Road, Hebei, CN")
    assert row.countries == ("CN",)


@pytest.mark.parametrize(
    ("given_text", "day"),
    [
        ("2019-05-21", date(2019, 5, 21)),
        ("01 May 2019", date(2019, 5, 1)),
        ("1 March 2020", date(2020, 3, 1)),
        ("2019-05-21T00:00:00Z", date(2019, 5, 21)),
        ("10/9/2019", date(2019, 10, 9)),
        ("May 2019", None),
        ("2019", None),
        ("2019-02-30", None),
    ],
)
def test_a_day_is_never_guessed(given_text: str, day: date | None, tmp_path: Path) -> None:
    row = csl_row(tmp_path, "X", start_date=given_text)
    assert row.start == day
    assert day is not None or repr(given_text) in row.remarks


def test_lists_not_kept_keep_their_code() -> None:
    assert csl.list_id("Denied Persons List (DPL) - Bureau") == "csl:DPL"
    assert csl.list_id("Something new") == "csl:Something new"


def test_json_form(tmp_path: Path) -> None:
    record: dict[str, object] = {
        **made.record("Acme"),
        "alt_names": ["Acme One", "Acme Two"],
        "addresses": [{"address": "1 Road", "city": "Hangzhou", "country": "CN"}],
        "ids": [{"type": "Listing Date (CMIC)", "number": "03 Jun 2021", "country": None}],
        "start_date": None,
    }
    (row,) = rows("csl-json", made.csl_json(tmp_path / "c.json", [record]))
    assert row.aliases == ("Acme One", "Acme Two")
    assert (row.countries, row.start) == (("CN",), date(2021, 6, 3))


# The other formats.


def test_ofac_tables_are_joined(tmp_path: Path) -> None:
    text(tmp_path / "cons_alt.csv", made.OFAC_ALT)
    text(tmp_path / "cons_add.csv", made.OFAC_ADD)
    first, second = rows("ofac-csv", text(tmp_path / "cons_prim.csv", made.OFAC_PRIM))
    assert first.list == "us-ofac-ns-cmic"
    assert first.aliases == ("HIKVISION", "HIK")
    assert (first.countries, first.start) == (("CN",), date(2021, 6, 3))
    assert (second.list, second.remarks) == ("ofac:SDGT", "")


def test_ofac_advanced_xml(tmp_path: Path) -> None:
    path = text(tmp_path / "c.xml", made.OFAC_XML)
    first, second = rows("ofac-xml", path)
    assert first.name == "HANGZHOU HIKVISION DIGITAL TECHNOLOGY"
    assert (first.aliases, first.countries) == (("HIKVISION",), ("CN",))
    assert (first.list, first.start) == ("us-ofac-ns-cmic", date(2021, 6, 3))
    assert second.name == ""
    assert SOURCES["ofac-xml"].edition(files.head(path)) == date(2026, 11, 20)


def test_ecfr_supplement(tmp_path: Path) -> None:
    path = text(tmp_path / "t.xml", made.ECFR)
    first, second = rows("ecfr-xml", path)
    assert first.name == "Synthetic Digital Co., Ltd."
    assert first.aliases == ("Synthetic Short", "Synthetic Long Co., Ltd.")
    assert first.countries == second.countries == ("CN",)
    assert (first.start, first.citation) == (date(2019, 10, 9), "84 FR 54002; 85 FR 34503")
    assert second.name == "Second Digital Co., Ltd."
    assert not any("Hotel" in name for name in (second.name, *second.aliases))
    assert SOURCES["ecfr-xml"].edition(files.head(path)) == date(2026, 11, 20)


def test_fcc_compilation(tmp_path: Path) -> None:
    found = rows("fcc-table", text(tmp_path / "f.csv", made.FCC_CSV))
    assert [row.list for row in found] == ["us-fcc-covered-list", "us-ndaa-889"]
    assert found[0].aliases == ("Dahua", "Zhejiang Dahua")
    assert (found[0].countries, found[0].start) == (("CN",), date(2021, 3, 12))
    (row,) = rows("fcc-table", text(tmp_path / "f.json", made.FCC_JSON))
    assert (row.list, row.aliases) == ("us-dod-1260h", ("Dahua",))


def test_opensanctions(tmp_path: Path) -> None:
    found = rows("opensanctions-csv", text(tmp_path / "t.csv", made.SIMPLE_CSV))
    assert [row.list for row in found] == [
        "us-bis-entity-list", "us-ofac-ns-cmic", "opensanctions:XX-1", "us-ndaa-889",
    ]  # fmt: skip
    assert (found[0].aliases, found[0].countries) == (("Syn", "Syn Two"), ("CN", "HK"))
    (row,) = rows("opensanctions-ftm", text(tmp_path / "t.json", made.FTM))
    assert (row.list, row.aliases, row.countries) == ("us-dod-1260h", ("Syn",), ("CN",))


# Broken and hostile files.

BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Sanctions>&b;</Sanctions>'
BROKEN = [
    ("csl-csv", "source,name\nA,B\n", "line 1", "has no column 'alt_names'"),
    ("csl-csv", '"a\n', "line 1", "is not CSV"),
    ("csl-json", '{"results": [{"source": "x", "name": "y"}', "entry 1", "ends too early"),
    ("csl-json", '{"results": [{"source": "x", "name": "y"} 7]}', "entry 1", "not by a comma"),
    ("csl-json", '{"results": [7]}', "entry 1", "is not a JSON object"),
    ("csl-json", '{"results": [{"a":' + "[" * 100_000, "entry 1", "nested too deeply"),
    ("csl-json", '{"results": [{}]}', "entry 1", "has no 'source'"),
    ("csl-json", "{}", "", "was not found"),
    ("ofac-csv", '1,"A",-0-\n', "line 1", "3 columns, 12 expected"),
    ("ofac-xml", BOMB, "", "uses entities or a DTD"),
    ("ofac-xml", "<Sanctions><a></Sanctions>", "", "is not XML"),
    ("ofac-xml", "<a>" * 100 + "</a>" * 100, "", "nested deeper"),
    ("ecfr-xml", '<?xml version="1.0" encoding="nonsense"?><ECFR/>', "", "is not XML"),
    ("fcc-table", '[{"aka": "x", "federal_register_cite": ""}]', "entry 1", "has no 'entity_name'"),
    ("opensanctions-csv", made.SIMPLE_CSV + "short,row\n", "line 3", "2 columns, 16 expected"),
    ("opensanctions-ftm", '{"schema": "Company"}', "line 1", "has no 'properties'"),
    ("opensanctions-ftm", made.FTM + "\n{", "line 3", "is not JSON"),
]


@pytest.mark.parametrize(("name", "content", "where", "reason"), BROKEN)
def test_a_broken_file_is_refused_with_place_and_reason(
    name: str, content: str, where: str, reason: str, tmp_path: Path
) -> None:
    path = text(tmp_path / "broken", content)
    with pytest.raises(DataError) as caught:
        rows(name, path)
    assert reason in str(caught.value)
    assert where in str(caught.value)
    assert str(path) in str(caught.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = made.csl_csv(tmp_path / "c.csv", [made.record("X")])
    path.write_bytes(path.read_bytes() + b"\xff\xfe\n")
    with pytest.raises(DataError, match="not UTF-8"):
        rows("csl-csv", path)


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_no_file_is_refused(name: str, tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(DataError, match="is not a file"):
            rows(name, path)


def test_a_huge_line_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_LINE", 1000)
    path = text(tmp_path / "c.csv", "a," * 2000)
    with pytest.raises(DataError, match="longer than 1000"):
        rows("csl-csv", path)


def survives(source: Source, path: Path) -> None:
    """Rows or a DataError, nothing else."""
    said = ""
    try:
        for row in source.rows(path):
            assert isinstance(row.name, str)
    except DataError as error:
        said = str(error)
    assert not said or said.startswith(str(path))


@pytest.mark.parametrize("name", SOURCES)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cut=st.floats(0, 1), put=st.binary(max_size=12), skip=st.integers(0, 20))
def test_damage_anywhere_is_survived(
    name: str, cut: float, put: bytes, skip: int, tmp_path: Path
) -> None:
    path = FILES[name](tmp_path)
    raw = path.read_bytes()
    at = int(cut * len(raw))
    path.write_bytes(raw[:at] + put + raw[at + skip :])
    survives(SOURCES[name], path)


@pytest.mark.parametrize("name", SOURCES)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(raw=st.binary(max_size=400))
def test_any_bytes_are_survived(name: str, raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "any"
    path.write_bytes(raw)
    survives(SOURCES[name], path)


@given(st.text(max_size=200))
def test_pieces_of_text_never_raise(given_text: str) -> None:
    assert fields.day(given_text) is None or isinstance(fields.day(given_text), date)
    for piece in (*fields.alternatives(given_text), *fields.pages(given_text)):
        assert piece.strip()
    name, parent = fields.affiliate(given_text)
    assert len(name) + len(parent) <= len(given_text)
    assert fields.with_short_form(given_text)[0] == given_text
    assert isinstance(fields.country(given_text), str)
    assert len(fields.without_successors(given_text)[0]) <= len(given_text)
