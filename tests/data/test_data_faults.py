"""Every mistake in a data file is refused with file, entry and reason."""

from pathlib import Path

import pytest

from scanner import data
from scanner.errors import DataError
from tests.data.small import FILES, data_directory, replace

RULES = "rules/fingerprints/http.server.yml"
LIST = "rules/lists/some-list.yml"
VENDORS = "vendors/vendors.yml"
BLOCKS = "vendors/oui.csv"
PORTS = "rules/ports.yml"
REGIMES = "rules/regimes.yml"
ACME = "- {id: acme, name: Acme Ltd., label: Acme, role: maker, country: DE, registry: [Acme Ltd]}"
RELATION = (
    "- {subject: bolt, maker: acme, relation: producer, scope: some, grade: B, source: report}"
)
ROW = (
    "- {vendor: acme, listed_as: ACME LTD., relation: named, start: 2020-01-02, "
    "citation: Law 1,\n   grade: A, source: register}"
)
PATTERN = "'^Acme/(?P<version>[0-9.]+)$'"

RULE_FAULTS = [
    ("  strength:", "  colour: red\n  strength:", "key 'colour' is not known here"),
    ("  rejects: ['Apache']\n", "", "key 'rejects' is missing"),
    ("['Apache']", "[]", "'rejects' List should have at least 1 item"),
    ("  examples:\n  - {text: 'Acme/1.2', version: '1.2'}\n", "", "key 'examples' is missing"),
    ("source: manual", "source: 12", "'source' must be text: 12 needs quotes"),
    ("characteristic", "certain", "'strength' should be 'suggests', 'characteristic'"),
    ("certainty: code", "certainty: rumour", "'certainty' should be 'real', 'code' or 'doc'"),
    ("maker: acme", "manufacturer: acme", "'manufacturer' should be 'maker', 'brand'"),
    ("maker: acme", "maker: nobody", "maker 'nobody' is no id of vendors/vendors.yml"),
    ("maker: acme", "brand: nobody", "brand 'nobody' is no id of vendors/vendors.yml"),
    ("maker: acme", "maker: $version", "maker must be a word of ours"),
    ("maker: acme", "product_class: toaster", "product_class 'toaster' is none of"),
    ("firmware: $version", "model: $name", "has no group (?P<name>"),
    ("id: http-acme", "id: acme-http", "its id must begin with http-"),
    ("id: http-acme", "id: HTTP_acme", "'id' String should match pattern"),
    (PATTERN, "'^Acme/('", "not a regular expression: missing ), unterminated subpattern"),
    (PATTERN, "'[[a]'", "ambiguous regular expression: Possible nested set"),
    (PATTERN, "'(?P<version>(a+)+)$'", "a repeat inside a repeat"),
    (PATTERN, "'(?P<version>(a|b|ab)*)c'", "too slow for a text such as"),
    (PATTERN, "'(?P<version>(a?){30}a{30})'", "optional parts and alternatives follow"),
    ("text: 'Acme/1.2'", "text: 'Acme'", "example 'Acme' does not match the pattern"),
    ("version: '1.2'", "version: '1.3'", "captures version '1.2', not '1.3'"),
    ("version: '1.2'", "model: '1.2'", "names 'model', which is no group of the pattern"),
    ("{text: 'Acme/1.2', ", "{", "an example has no text"),
    ("['Apache']", "['Apache', 'Acme/7']", "reject 'Acme/7' matches the pattern"),
]
LIST_FAULTS = [
    ("start: 2020-01-02", "start: 2020-01-02, end: 2019-01-01", "ends on 2019-01-01, before"),
    ("start: 2020-01-02", "start: 2026-06-02", "is dated after the edition 2026-06-01"),
    ("start: 2020-01-02", "start: '2020-01-02'", "must be a day such as 2019-10-09, without"),
    ("start: 2020-01-02, ", "", "key 'start' is missing"),
    ("grade: A, source: register", "grade: C, source: register", "'grade' should be 'A' or 'B'"),
    ("relation: named", "relation: friend", "'relation' should be 'named', 'subsidiary'"),
    (ROW, f"{ROW}\n{ROW}", "'ACME LTD.' since 2020-01-02 stands twice"),
]


def fault(root: Path, name: str, old: str, new: str) -> DataError:
    """The error after one change to the small data directory."""
    data_directory(root)
    replace(root, name, old, new)
    with pytest.raises(DataError) as caught:
        data.load(root)
    assert Path(caught.value.path) == root / name
    assert str(root / name) in str(caught.value)
    return caught.value


def test_the_small_directory_is_sound(tmp_path: Path) -> None:
    knowledge = data.load(data_directory(tmp_path))
    assert [rule.id for rule in knowledge.rules] == ["http-acme"]
    assert knowledge.notes == ()


@pytest.mark.parametrize(("old", "new", "reason"), RULE_FAULTS)
def test_rule(tmp_path: Path, old: str, new: str, reason: str) -> None:
    error = fault(tmp_path, RULES, old, new)
    assert error.entry.startswith("rule ")
    assert "line " in error.entry
    assert reason in error.reason


@pytest.mark.parametrize(("old", "new", "reason"), LIST_FAULTS)
def test_list_entity(tmp_path: Path, old: str, new: str, reason: str) -> None:
    error = fault(tmp_path, LIST, old, new)
    assert error.entry.startswith("entity acme, line 1")
    assert reason in error.reason


@pytest.mark.parametrize(
    ("name", "old", "new", "entry", "reason"),
    [
        (LIST, "edition: 2026-06-01", "edition: 2026-07-02", "line 6", "later than the last check"),
        (LIST, "edition: 2026-06-01", "edition: 2026-06-31", "line 6", "2026-06-31 is no day"),
        (LIST, "{min: 1, max: 1}", "{min: 2, max: 3}", "line 14", "the file has lost rows"),
        (LIST, "{min: 1, max: 1}", "{min: 2, max: 1}", "line 8", "max is below min"),
        (LIST, "id: some-list", "id: other-list", "line 1", "belongs in a file other-list.yml"),
        (LIST, "url: https", "url: http", "line 5", "'url' String should match pattern"),
        (LIST, "vendor: bolt", "vendor: no", "line 17", "'no' is read as bool"),
        (LIST, "vendor: acme", "vendor: nut", "entity nut, line 14", "is no id of vendors/"),
        (LIST, "vendor: bolt", "vendor: nut", "not_listed row nut, line 17", "is no id of"),
        (LIST, "vendor: bolt", "vendor: acme", "not_listed row acme, line 17", "is listed as"),
        (LIST, "as_of: '2026-05'", "as_of: 2026-07-02", "row bolt, line 17", "after the last"),
        (LIST, "as_of: '2026-05'", "as_of: May", "row bolt, line 17", "should match pattern"),
        (VENDORS, "id: bolt", "id: acme", "vendor acme, line 3", "the id stands twice"),
        (VENDORS, "role: brand", "role: shop", "vendor bolt, line 3", "'maker' or 'brand'"),
        (VENDORS, "country: DE", "country: NO", "line 2", "'NO' is read as bool, not as text"),
        (VENDORS, "country: DE", "country: Germany", "vendor acme, line 2", "'country' String"),
        (VENDORS, "[Acme Ltd]", "['...']", "vendor acme, line 2", "has no letter or digit"),
        (VENDORS, "label: Bolt", "label: Bolt, registry: ['ACME, Ltd.']", "vendor bolt, line 3",
         "the registry name 'acmeltd' belongs to acme too"),
        (VENDORS, "subject: bolt", "subject: nut", "relation of nut, line 5", "'nut' is no id"),
        (VENDORS, "maker: acme", "maker: bolt", "relation of bolt, line 5", "are the same"),
        (VENDORS, "scope: some", "scope: some, start: 2020-01-02, end: 2020-01-01",
         "relation of bolt, line 5", "ends on 2020-01-01, before it starts on 2020-01-02"),
        (VENDORS, "grade: B", "grade: U", "relation of bolt, line 5", "should be 'A', 'B' or 'C'"),
        (VENDORS, RELATION, f"{RELATION}\n{RELATION}", "relation of bolt, line 6", "stands twice"),
        (BLOCKS, "prefix,bits", "prefix,width", "line 2", "the first row must be"),
        (BLOCKS, "001122,24", "00112g,24", "line 3", "is not 6 lower-case hexadecimal digits"),
        (BLOCKS, "001122,24", "001122,28", "line 3", "is not 7 lower-case hexadecimal digits"),
        (BLOCKS, "001122,24", "021122,24", "line 3", "locally administered"),
        (BLOCKS, "001122,24", "001122,20", "line 3", "with 24, 28 or 36 bits"),
        (BLOCKS, "0011223,28", "001122,24", "line 4", "001122 stands twice"),
        (BLOCKS, "Ltd,acme", "Ltd,nobody", "line 4", "vendor 'nobody' is no id"),
        (BLOCKS, '"Acme, Ltd"', '"Acme, Ltd', "line 2", "the quotes of the next row"),
        (LIST, "[body]", "[boy]", "line 18", "'boy' is no question of rules/regimes.yml"),
    (LIST, "[body]", "[trade]", "line 19", "needs one question with a detail"),
    (LIST, "kind: above", "kind: any", "line 21", "a share belongs to the kinds above and"),
    (LIST, "  share: 10\n", "", "line 21", "a share belongs to the kinds above and"),
    (LIST, "share: 10", "share: 101", "line 22", "less than or equal to 100"),
    (LIST, "state: in-force", "state: maybe", "line 25", "'state' should be"),
    (LIST, "periods: [{start: 2021-01-01,", "periods: [{start: 2022-01-01, state: stayed, "
     "citation: x}, {start: 2021-01-01,", "line 25", "not in the order of days"),
    (REGIMES, "id: body", "id: trade", "question trade, line 3", "stands twice"),
    (REGIMES, "explain: Goods move.", "why: x", "line 2", "'explain' is missing"),
    (REGIMES, "after: identification", "after: second", "clause c-1, line 14", "none of ['ide"),
    (REGIMES, "report: first", "report: identification", "clause c-1, line 14", "stands twice"),
    (REGIMES, "unit: business-days", "unit: weeks", "clause c-1, line 14", "'business-days' or"),
    (PORTS, "port: 9100", "port: 80", "port 80, line 2", "the port stands twice"),
        (PORTS, "port: 9100", "port: 65536", "port 65536, line 2", "less than or equal to 65535"),
        (PORTS, "service: silent", "service: http", "port 9100, line 2", "must be silent"),
        (PORTS, "service: silent", "service: smtp", "port 9100, line 2", "'service' should be"),
        (PORTS, "default: false", "default: 'false'", "port 9100, line 2", "valid boolean"),
        (RULES, "field: http.server", "field: http.title", "line 1", "belongs in a file"),
        (RULES, "family: http", "family: web", "line 2", "'family' should be 'http', 'tls'"),
    ],
)  # fmt: skip
def test_file(tmp_path: Path, name: str, old: str, new: str, entry: str, reason: str) -> None:
    error = fault(tmp_path, name, old, new)
    assert entry in error.entry
    assert reason in error.reason


def test_a_field_nobody_observes(tmp_path: Path) -> None:
    (data_directory(tmp_path) / RULES).rename(tmp_path / "rules/fingerprints/htpp.server.yml")
    replace(tmp_path, "rules/fingerprints/htpp.server.yml", "http.server", "htpp.server")
    with pytest.raises(DataError, match="no observation field begins with 'htpp'"):
        data.load(tmp_path)


def test_a_rule_id_taken_in_another_file(tmp_path: Path) -> None:
    data_directory(tmp_path)
    other = FILES[RULES].replace("field: http.server", "field: http.title")
    (tmp_path / "rules/fingerprints/http.title.yml").write_text(other, "utf-8")
    with pytest.raises(
        DataError, match=r"rule http-acme, line 4: the id is taken by a rule of http\.server\.yml"
    ):
        data.load(tmp_path)


def test_more_entities_than_expected_is_only_noted(tmp_path: Path) -> None:
    data_directory(tmp_path)
    again = ROW.replace("2020-01-02", "2021-01-02")
    replace(tmp_path, LIST, ROW, f"{ROW}\n{again}")
    notes = data.load(tmp_path).notes
    assert len(notes) == 1
    assert "some-list.yml: 2 entities, at most 1 expected" in notes[0]


@pytest.mark.parametrize("folder", ["rules/fingerprints", "rules/lists"])
def test_a_file_with_another_suffix_is_not_passed_over(tmp_path: Path, folder: str) -> None:
    stray = data_directory(tmp_path) / folder / "more.yaml"
    stray.write_text("", "utf-8")
    with pytest.raises(DataError, match=r"more\.yaml: only files ending in \.yml belong here"):
        data.load(tmp_path)


def test_an_empty_folder_is_not_an_empty_rule_base(tmp_path: Path) -> None:
    (data_directory(tmp_path) / RULES).unlink()
    with pytest.raises(DataError, match=r"fingerprints: holds no \.yml file"):
        data.load(tmp_path)


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_missing_file(tmp_path: Path, name: str) -> None:
    (data_directory(tmp_path) / name).unlink()
    with pytest.raises(DataError) as caught:
        data.load(tmp_path)
    assert str(caught.value.path).startswith(str(tmp_path))


@pytest.mark.parametrize("name", sorted(FILES))
def test_bytes_that_are_not_text(tmp_path: Path, name: str) -> None:
    path = data_directory(tmp_path) / name
    path.write_bytes(path.read_bytes() + b"# \xff\xfe\n")
    lines = len(FILES[name].splitlines()) + 1
    with pytest.raises(DataError, match=f"line {lines}: is not UTF-8 text"):
        data.load(tmp_path)


def test_a_file_too_large_to_be_honest(tmp_path: Path) -> None:
    path = data_directory(tmp_path) / VENDORS
    path.write_bytes(b"#" * (4 * 1024 * 1024 + 1))
    with pytest.raises(DataError, match="is larger than 4194304 bytes"):
        data.load(tmp_path)


def test_an_unreadable_file(tmp_path: Path) -> None:
    path = data_directory(tmp_path) / PORTS
    path.unlink()
    path.mkdir()
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        data.load(tmp_path)


def test_a_directory_that_is_none_of_data(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no data directory: it has no vendors/vendors\.yml"):
        data.load(tmp_path)
