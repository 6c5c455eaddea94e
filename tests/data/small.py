"""A data directory of one entry each, small enough to break in one place at a time."""

from pathlib import Path

FILES = {
    "vendors/vendors.yml": """\
vendors:
- {id: acme, name: Acme Ltd., label: Acme, role: maker, country: DE, registry: [Acme Ltd]}
- {id: bolt, name: Bolt Inc., label: Bolt, role: brand, product_class: camera}
relations:
- {subject: bolt, maker: acme, relation: producer, scope: some, grade: B, source: report}
""",
    "vendors/oui.csv": """\
# data date: 2026-10-24
prefix,bits,organisation,vendor
001122,24,"Acme, Ltd",acme
0011223,28,Acme Ltd,acme
001122334,36,Somebody,
""",
    "rules/fingerprints/http.server.yml": """\
field: http.server
family: http
rules:
- id: http-acme
  pattern: '^Acme/(?P<version>[0-9.]+)$'
  asserts: {maker: acme, firmware: $version}
  strength: characteristic
  certainty: code
  examples:
  - {text: 'Acme/1.2', version: '1.2'}
  rejects: ['Apache']
  source: manual
""",
    "rules/lists/some-list.yml": """\
id: some-list
title: Some List
authority: Somebody
citation: Statute 1
url: https://example.org/list
edition: 2026-06-01
check: {last: 2026-07-01, every_days: 30, how: Read it.}
expect: {min: 1, max: 1}
condition: Makers.
effect: None.
question: Is it yours?
grade: B
entities:
- {vendor: acme, listed_as: ACME LTD., relation: named, start: 2020-01-02, citation: Law 1,
   grade: A, source: register}
not_listed:
- {vendor: bolt, as_of: '2026-05', grade: A}
decided_by: [body]
only: TX
affiliates:
  kind: above
  share: 10
  words: more than ten percent counts
  citation: Law 2
  periods: [{start: 2021-01-01, state: in-force, citation: Law 2}]
""",
    "rules/regimes.yml": """\
questions:
- {id: trade, ask: 'Any trade?', explain: Goods move.}
- {id: body, ask: 'A public body?', explain: Some states.,
   detail: {key: state, ask: 'Which?', values: [CA, TX]}}
clauses:
- id: c-1
  clock: Within a day.
  grade: A
  list: us-test
  citation: Law 3
  starts: It starts at once.
  addressee: The officer.
  periods:
  - {report: first, title: First, count: 1, unit: business-days, after: identification}
""",
    "rules/replacements.yml": """\
order:
- {id: verdict, words: Listed first.}
phases:
- {id: act, title: Act, goal: Act., dispositions: [isolate, replace, remove, investigate]}
- {id: rest, title: Rest, goal: Nothing., dispositions: [keep]}
dispositions:
- {id: known, verdicts: [not-listed], disposition: keep, reason: Fine.}
- {id: some, applies: [some-list], disposition: replace, reason: It applies.}
- {id: other, verdicts: [listed, review, undetermined], disposition: isolate, reason: Wait.}
mitigation:
- {text: Isolate it., dispositions: [isolate], classes: [camera]}
models:
- {id: acme-dome, vendors: [acme], pattern: '^AC-D', form_factor: dome, example: AC-D1, grade: B,
   source: manual}
statements:
  about: Law 1
  scope: model
  source: records
  read: 2026-06-01
  grade: B
  makers:
  - {vendor: bolt, models: 3}
""",
    "rules/ports.yml": """\
- {port: 80, service: http, why: web page, default: true}
- {port: 9100, service: silent, why: printer, default: false}
""",
}


def data_directory(root: Path) -> Path:
    """The small data directory written below `root`."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def replace(root: Path, name: str, old: str, new: str) -> None:
    """Change one place of one file; the place must be there, once."""
    path = root / name
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
    path.write_text(text.replace(old, new), "utf-8")
