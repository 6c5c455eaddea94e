"""Reports made by hand: an office with some of everything, an empty one, a hostile one, a big one.

Serial numbers are invented in the documented form; addresses are documentation ranges.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from scanner.model import (
    AffiliateQuestion,
    Answer,
    Applicability,
    Candidate,
    Coverage,
    DataFile,
    Evidence,
    Finding,
    Gap,
    ListEdition,
    ListingMatch,
    Progress,
    Relation,
    Reply,
    RunInfo,
    ScanReport,
    State,
    Strength,
    SubnetCoverage,
    Vendor,
    Verdict,
    Waiver,
)
from tests.report import plan_sample

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
STARTED, FINISHED = "2026-11-23T10:00:00Z", "2026-11-23T10:01:42Z"
SEVERITY = (Verdict.LISTED, Verdict.REVIEW, Verdict.UNDETERMINED, Verdict.NOT_LISTED)
D, C, S = Strength.DECLARES, Strength.CHARACTERISTIC, Strength.SUGGESTS
LABELS = {
    "axis": "Axis",
    "dahua": "Dahua",
    "ezviz": "EZVIZ",
    "hanwha": "Hanwha Vision",
    "hikvision": "Hikvision",
    "lorex": "Lorex",
    "uniview": "Uniview",
}


def templates(name: str) -> str:
    """The text of a template of the checkout."""
    return (ROOT / "reports" / "templates" / name).read_text(encoding="utf-8")


EDITIONS = (
    ListEdition(
        id="us-bis-entity-list",
        title="Entity List",
        authority="US Department of Commerce, Bureau of Industry and Security",
        citation="Supplement No. 4 to 15 CFR part 744",
        edition=date(2026, 10, 1),
        checked=date(2026, 10, 5),
        age_days=53,
        overdue=True,
        effect="A licence is needed before items subject to the export rules go to a listed party. "
        "By itself it forbids neither owning nor buying nor using its products.",
        question="Will we send anything (a unit, a part, software, technology) to this maker?",
        url="https://www.ecfr.gov/current/title-15/subtitle-B/chapter-VII/subchapter-C/part-744",
    ),
    ListEdition(
        id="us-ndaa-889",
        title="NDAA section 889",
        authority="US Congress; FAR Council",
        citation="Pub. L. 115-232 s. 889",
        edition=date(2026, 7, 23),
        checked=date(2026, 11, 20),
        age_days=123,
        overdue=False,
        effect="Agencies may not contract with an entity that uses covered equipment as a "
        "substantial or essential component. It says nothing to those who hold no such contract.",
        question="Do we hold, or bid for, a US federal prime contract?",
        url="https://www.acquisition.gov/far/52.204-25",
    ),
    ListEdition(
        id="us-ofac-ns-cmic",
        title="NS-CMIC List",
        authority="US Treasury, Office of Foreign Assets Control",
        citation="EO 13959 as amended by EO 14032",
        edition=date(2025, 12, 1),
        checked=date(2026, 11, 20),
        age_days=357,
        overdue=False,
        effect="Concerns dealings in securities; says nothing about products.",
        question="None for hardware; shown for information.",
        url="https://ofac.treasury.gov/",
    ),
)

WAIVER = Waiver(
    id="entrance-2026",
    macs=("44:19:b6:00:00:01",),
    serials=(),
    networks=(),
    lists=("us-ndaa-889",),
    reason="Replacement is ordered.",
    approver="A. Person, security",
    start=date(2026, 11, 1),
    until=date(2027, 1, 31),
    evidence="purchase order 4711",
)
PROFILE = (
    Reply(
        "federal-contract",
        "Do you hold or bid for a US federal prime contract?",
        Answer.YES,
        "A. Person, contracts",
        date(2026, 11, 19),
        ("52.204-25", "52.240-91"),
    ),
    Reply("subcontract", "Do you work as a subcontractor under US federal contracts?"),
    Reply(
        "public-body",
        "Are you a US state or local public body, or a contractor on the network of one?",
        Answer.NO,
        "B. Person, legal",
        date(2026, 11, 20),
    ),
)

HISTORY = tuple(
    Progress(
        f"2026-{month:02}-05T10:00:00Z",
        f"run-{month}",
        ((Verdict.LISTED, 62 - 5 * month), (Verdict.REVIEW, 12 - month)),
        ((State.OPEN, 62 - 5 * month), (State.REMOVED, 5 * month)),
    )
    for month in range(1, 12)
)

NAMED: Mapping[str, tuple[tuple[str, str, date, str], ...]] = {
    "hikvision": (
        ("us-bis-entity-list", "Hikvision", date(2019, 10, 9), "84 FR 54002"),
        (
            "us-ndaa-889",
            "Hangzhou Hikvision Digital Technology Company",
            date(2019, 8, 13),
            "Pub. L. 115-232 s. 889(f)(3)(B)",
        ),
        (
            "us-ofac-ns-cmic",
            "HANGZHOU HIKVISION DIGITAL TECHNOLOGY CO., LTD.",
            date(2021, 6, 3),
            "EO 14032",
        ),
    ),
    "dahua": (
        ("us-bis-entity-list", "Dahua Technology", date(2019, 10, 9), "84 FR 54002"),
        (
            "us-ndaa-889",
            "Dahua Technology Company",
            date(2019, 8, 13),
            "Pub. L. 115-232 s. 889(f)(3)(B)",
        ),
    ),
    "uniview": (("us-bis-entity-list", "Zhejiang Uniview", date(2024, 12, 10), "89 FR 99702"),),
}


APPLIED = {
    "us-ndaa-889": Applicability.APPLIES,
    "us-ofac-ns-cmic": Applicability.DOES_NOT_APPLY,
}


def listings(
    vendor: str, relation: Relation = Relation.NAMED, path: str = ""
) -> tuple[ListingMatch, ...]:
    """The matches of a vendor on every list that names it."""
    editions = {edition.id: edition for edition in EDITIONS}
    return tuple(
        ListingMatch(
            list_id=list_id,
            title=editions[list_id].title,
            entity=vendor,
            listed_as=listed_as,
            since=since,
            citation=citation,
            edition=editions[list_id].edition,
            relation=relation,
            path=path or f"{LABELS[vendor]} → {LABELS[vendor]} on {list_id}",
            applicability=APPLIED.get(list_id, Applicability.ASK),
            question=editions[list_id].question,
            effect=editions[list_id].effect,
            grade="B" if list_id == "us-bis-entity-list" else "A",
        )
        for list_id, listed_as, since, citation in NAMED[vendor]
    )


def said(
    rule: str, family: str, strength: Strength, field: str, value: str, asserts: str, port: int = 80
) -> Evidence:
    """Evidence of a rule that asserts `attribute=value`."""
    attribute, _, asserted = asserts.partition("=")
    probe = "arp" if family == "address-block" else family
    return Evidence(
        rule=rule,
        family=family,
        strength=strength,
        field=field,
        value=value,
        probe=probe,
        port=None if family == "address-block" else port,
        source="written for the samples",
        attribute=attribute,
        asserted=asserted,
    )


def block(mac: str, vendor: str) -> Evidence:
    """What a registered address block suggests."""
    return said("oui", "address-block", S, "mac.address", mac, f"maker={vendor}")


def candidate(vendor: str, *evidence: Evidence) -> Candidate:
    """A maker or brand with its evidence, identified when something stronger than a hint is in."""
    strength = max(e.strength for e in evidence)
    return Candidate(vendor, strength, evidence, identified=strength > S)


def device(ip: str, verdict: Verdict, **given: Any) -> Finding:
    """A finding with quiet defaults; names and evidence follow from the candidates."""
    maker, brand = given.get("maker"), given.get("brand")
    evidence = tuple(e for c in (maker, brand) if c for e in c.evidence)
    values: dict[str, Any] = {
        "ip": ip,
        "mac": None,
        "hostname": None,
        "site": "",
        "verdict": verdict,
        "product_class": "unknown",
        "maker": maker,
        "brand": brand,
        "maker_name": LABELS[maker.value] if maker else "",
        "brand_name": LABELS[brand.value] if brand else "",
        "registered_to": "",
        "model": "",
        "firmware": "",
        "serial": "",
        "listings": (),
        "reasons": (),
        "contradictions": (),
        "evidence": evidence,
        "open_ports": (),
        "seen_by": ("arp",),
        "incomplete": (),
        "first_seen": STARTED,
        "last_seen": "2026-11-23T10:00:31Z",
    }
    return Finding(**(values | given))


def office() -> ScanReport:
    """Some of everything: named, subsidiary, relabelled, hint only, contradicted, clean, silent."""
    return _report(tuple(sorted(_office(), key=lambda d: SEVERITY.index(d.verdict))))


def _office() -> Iterator[Finding]:
    first, *others = _hikvision()
    held = tuple(
        replace(m, waiver=WAIVER if m.list_id in WAIVER.lists else None) for m in first.listings
    )
    yield replace(first, listings=held)
    yield from others
    yield from _dahua()
    yield from _to_review()
    yield from _others()


def _hikvision() -> Iterator[Finding]:
    for number, (model, name) in enumerate(
        [("DS-2CD2143G2-I", "cam-entrance"), ("DS-2CD2143G2-I", "cam-stairs"), ("DS-7608NI-K2", "")]
    ):
        mac = f"44:19:b6:00:00:{number + 1:02x}"
        yield device(
            f"192.0.2.{10 + number}",
            Verdict.LISTED,
            mac=mac,
            hostname=name or None,
            product_class="camera" if name else "recorder",
            registered_to="Hangzhou Hikvision Digital Technology Co.,Ltd.",
            model=model,
            firmware="V5.7.3 build 220112",
            serial=f"{model}20220101AAWRJ0000000{number}",
            place=f"sw-1, port Gi1/0/{number + 1}",
            maker=candidate(
                "hikvision",
                said(
                    "onvif-scope-hikvision",
                    "onvif",
                    D,
                    "wsd.scope",
                    f"onvif://www.onvif.org/name/HIKVISION%20{model}",
                    "maker=hikvision",
                    3702,
                ),
                said(
                    "http-server-app-webs", "http", C, "http.server", "App-webs/", "maker=hikvision"
                ),
                block(mac, "hikvision"),
            ),
            listings=listings("hikvision"),
            reasons=("Hikvision is on 3 lists.", "The device declares its maker."),
            open_ports=(80, 443, 554, 8000),
            seen_by=("arp", "ws-discovery"),
        )


def _dahua() -> Iterator[Finding]:
    frame = said(
        "dhip-frame", "vendor-discovery", D, "dhip.devicetype", "N41", "maker=dahua", 37810
    )
    yield device(
        "192.0.2.20",
        Verdict.LISTED,
        mac="00:1f:54:00:00:20",
        hostname="lobby-west",
        product_class="camera",
        registered_to="Lorex Technology Inc.",
        model="W461ASC",
        firmware="2.800.0000000.3.R",
        serial="0A00000PAG00020",
        addresses=("192.0.2.20", "192.0.2.120"),
        macs=("00:1f:54:00:00:20", "00:1f:54:00:00:21"),
        maker=candidate("dahua", frame),
        brand=candidate(
            "lorex",
            said("http-title-lorex", "http", C, "http.title", "Lorex", "brand=lorex"),
            block("00:1f:54:00:00:20", "lorex"),
        ),
        listings=listings("dahua", Relation.PRODUCER, "Lorex label; built by Dahua → on the list"),
        reasons=("Sold as Lorex, but it speaks the frame of Dahua firmware.",),
        open_ports=(80, 554, 35000),
        seen_by=("arp",),
    )
    yield device(
        "192.0.2.21",
        Verdict.LISTED,
        mac="54:c4:15:00:00:21",
        product_class="camera",
        registered_to="Hangzhou Hikvision Digital Technology Co.,Ltd.",
        model="CS-C6TC-32WFR",
        maker=candidate(
            "ezviz",
            said("sadp-description-ezviz", "vendor-discovery", D, "sadp.devicedescription",
                 "CS-C6TC-32WFR", "maker=ezviz", 37020),
        ),
        listings=listings(
            "hikvision", Relation.SUBSIDIARY, "EZVIZ, a subsidiary of Hikvision → on the list"
        ),
        reasons=("EZVIZ is a subsidiary of Hikvision, which is on 3 lists.",),
        open_affiliates=(
            AffiliateQuestion(
                "us-fcc-covered-list",
                "FCC Covered List",
                "hikvision",
                date(2021, 3, 12),
                "47 CFR 2.903",
                "EZVIZ belongs to Hikvision; the share held is not known.",
            ),
        ),
        open_ports=(8000,),
    )  # fmt: skip
    yield device(
        "192.0.2.22",
        Verdict.LISTED,
        mac="48:ea:63:00:00:22",
        product_class="camera",
        registered_to="Zhejiang Uniview Technologies Co.,Ltd.",
        model="IPC3614SR3-ADPF28-F",
        maker=candidate(
            "uniview",
            said(
                "tls-subject-uniview", "tls", C, "tls.subject", "CN=Uniview", "maker=uniview", 443
            ),
        ),
        listings=listings("uniview"),
        reasons=("Uniview is on 1 list.",),
        open_ports=(80, 443, 554),
    )


def _to_review() -> Iterator[Finding]:
    yield device(
        "192.0.2.30",
        Verdict.REVIEW,
        mac="44:19:b6:00:00:30",
        registered_to="Hangzhou Hikvision Digital Technology Co.,Ltd.",
        maker=candidate("hikvision", block("44:19:b6:00:00:30", "hikvision")),
        listings=listings("hikvision"),
        reasons=("Only the address block points to Hikvision.",),
        incomplete=("http on port 80: timeout", "rtsp on port 554: timeout"),
        open_ports=(80, 554),
    )
    page = said("http-title-axis", "http", C, "http.title", "AXIS", "maker=axis")
    realm = said(
        "rtsp-realm-dahua", "rtsp", C, "rtsp.www_authenticate",
        'Digest realm="Login to 0a0000000000000000000000000000aa"', "maker=dahua", 554,
    )  # fmt: skip
    yield device(
        "192.0.2.31",
        Verdict.REVIEW,
        mac="02:00:00:00:00:31",
        product_class="camera",
        maker=candidate("dahua", realm),
        evidence=(realm, page),
        listings=listings("dahua"),
        reasons=("Two families of evidence name different makers with equal strength.",),
        contradictions=("http says Axis, rtsp says Dahua",),
        open_ports=(80, 554),
    )


def _others() -> Iterator[Finding]:
    clean = [("axis", "AXIS P3245-LV", "ac:cc:8e"), ("hanwha", "XNV-6080", "00:09:18")]
    for number, (vendor, model, prefix) in enumerate(clean):
        yield device(
            f"192.0.2.{40 + number}",
            Verdict.NOT_LISTED,
            mac=f"{prefix}:00:00:{number + 1:02x}",
            product_class="camera",
            model=model,
            maker=candidate(
                vendor,
                said("onvif-scope", "onvif", D, "wsd.scope", model, f"maker={vendor}", 3702),
            ),
            reasons=(f"{LABELS[vendor]} is on none of the lists used.",),
            open_ports=(80, 443, 554),
        )
    for number, name in enumerate(("会议室", None, None, "printer-2")):
        yield device(
            f"192.0.2.{50 + number + number // 3 * 7}",
            Verdict.UNDETERMINED,
            mac=f"02:00:00:00:00:{50 + number}",
            hostname=name,
            reasons=("Nothing seen names a maker.",),
        )
    yield device(
        "192.0.2.55", Verdict.UNDETERMINED, incomplete=("http on port 80: closed-early",),
        open_ports=(80,), reasons=("No rule matched what was seen.",),
    )  # fmt: skip


def _report(devices: tuple[Finding, ...]) -> ScanReport:
    scope = ("192.0.2.0/24",)
    tool = "camcensus 0.1.0"
    return ScanReport(
        run=RunInfo(
            run="0a0a0a0a-0000-4000-8000-000000000001",
            tool=tool,
            started=STARTED,
            sensor="hq-1",
            scope=scope,
            excluded=("192.0.2.200",),
            settings=(("connections_per_host", "12"), ("packets_per_second", "2000")),
        ),
        finished=FINISHED,
        tool=tool,
        as_of=date(2026, 11, 23),
        data_files=(
            DataFile("rules/fingerprints/http.server.yml", "0" * 63 + "1"),
            DataFile("rules/lists/us-bis-entity-list.yml", "0" * 63 + "2", "2026-10-01"),
            DataFile("vendors/oui.csv", "0" * 63 + "3", "2026-11-01"),
        ),
        lists=EDITIONS,
        coverage=Coverage(
            complete=False,
            scope=scope,
            excluded=("192.0.2.200",),
            addresses=253,
            hosts=len(devices),
            results=64,
            by_status=(("ok", 52), ("refused", 6), ("timeout", 5), ("closed-early", 1)),
            silent_hosts=tuple(d.ip for d in devices if not d.open_ports and not d.evidence),
            limitations=(
                "No raw socket: no ARP sweep; the kernel's neighbour table was read instead.",
                "Cameras behind recorders were not looked at.",
            ),
            subnets=(
                SubnetCoverage(scope[0], "eth0", len(devices), len(devices) and 1, 0),
                SubnetCoverage(
                    "203.0.113.0/24",
                    None,
                    0,
                    0,
                    0,
                    (Gap("multicast", "routed: no multicast passes a router"),),
                ),
            ),
        ),
        devices=devices,
        issues=("1 rule names a vendor that has no registered address block.",),
        vendors=tuple(Vendor(key, label, label=label) for key, label in LABELS.items()),
        profile=PROFILE,
        clocks=plan_sample.CLOCKS,
        deadlines=plan_sample.DEADLINES if devices else (),
        plan=plan_sample.plan(devices),
    )


def holding(report: ScanReport, devices: tuple[Finding, ...]) -> ScanReport:
    """The same report of other devices, with a plan for them."""
    return replace(report, devices=devices, plan=plan_sample.plan(devices))


def empty() -> ScanReport:
    """A complete scan that found nobody."""
    full = _report(())
    coverage = replace(
        full.coverage,
        complete=True,
        hosts=0,
        results=0,
        by_status=(),
        silent_hosts=(),
        limitations=(),
    )
    return replace(full, coverage=coverage, issues=())


def bare() -> ScanReport:
    """What a hand-written evidence file without run and end lines leads to."""
    unknown = Coverage(None, (), (), None, 1, 0, (), (), ())
    return ScanReport(
        run=RunInfo("", "", ""),
        finished="",
        tool="camcensus 0.1.0",
        as_of=date(2026, 11, 23),
        data_files=(),
        lists=(),
        coverage=unknown,
        devices=(
            device("192.0.2.1", Verdict.UNDETERMINED, seen_by=(), first_seen="", last_seen=""),
        ),
        issues=(),
    )


def big(number: int) -> ScanReport:
    """The devices of the office over and over, at addresses of their own."""
    pattern = office().devices
    devices = tuple(
        replace(pattern[i % len(pattern)], ip=f"198.18.{i // 250}.{i % 250 + 1}")
        for i in range(number)
    )
    return _report(devices)


def campus(number: int) -> ScanReport:
    """Two sites with switches; some switches told nothing, one name is very long, one IPv6."""
    devices = (
        replace(
            found,
            ip=f"10.7.{place // 200}.{place % 200 + 1}",
            site="Warehouse" if place % 5 == 0 else "Head office",
            place=f"sw-{place // 24}, port Gi1/0/{place % 24 + 1}" if place % 7 else "",
        )
        for place, found in enumerate(big(number).devices)
    )
    first, second, *others = devices
    odd = (
        replace(first, ip="2001:db8:1234:5678:9abc:def0:1234:5678", maker_name="黑" * 60),
        replace(second, place=f"{'core-switch-of-the-old-building-' * 9}, port Te1/1/1"),
    )
    return replace(_report((*odd, *others)), history=HISTORY)


def spoiled(value: T, text: str) -> T:
    """The same value with every text in it, however deep, replaced by `text`."""
    return _spoil(value, text)  # type: ignore[no-any-return]


def _spoil(value: Any, text: str) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return text
    if isinstance(value, tuple):
        return tuple(_spoil(item, text) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{f.name: _spoil(getattr(value, f.name), text) for f in fields(value)}
        )
    return value
