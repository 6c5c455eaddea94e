"""A small world for the assess tests: a few vendors, rules, blocks and lists, all made by hand.

The rules are simpler than the shipped ones on purpose; dates and citations are those of the lists.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from scanner.assess.applicability import Profile
from scanner.assess.assessment import assess
from scanner.assess.identify import identify
from scanner.assess.listing import Listings
from scanner.assess.vendors import Vendors
from scanner.model import (
    AddressBlock,
    Answer,
    Clause,
    EntityList,
    Evidence,
    Example,
    Finding,
    FingerprintRule,
    Host,
    Identification,
    Knowledge,
    ListedEntity,
    Observation,
    ProbeResult,
    ProbeStatus,
    Question,
    Record,
    Relation,
    Reply,
    RunEnd,
    RunInfo,
    ScanReport,
    Strength,
    Vendor,
    VendorRelation,
)
from scanner.remedy import ReportingPeriod, Unit

TODAY = date(2026, 11, 23)
IP = "192.0.2.10"

HIKVISION_MAC = "44:19:b6:00:00:01"
AXIS_MAC = "00:40:8c:00:00:01"
HUAWEI_MAC = "00:e0:fc:00:00:01"
DELL_MAC = "00:14:22:00:00:01"
ANNKE_MAC = "d0:3b:f4:00:00:01"
I_PRO_MAC = "08:00:23:00:00:01"
UNKNOWN_MAC = "00:00:5e:00:53:01"
LOCAL_MAC = "02:19:b6:00:00:01"

SUGGESTS, CHARACTERISTIC, DECLARES = Strength

VENDORS = (
    Vendor("hikvision", "Hangzhou Hikvision Digital Technology Co., Ltd.", "CN", label="Hikvision"),
    Vendor("dahua", "Zhejiang Dahua Technology Co., Ltd.", "CN", label="Dahua"),
    Vendor("huawei", "Huawei Technologies Co., Ltd.", "CN", "maker", "network", "Huawei"),
    Vendor("megvii", "Megvii Technology Limited", "CN", "maker", "access-terminal", "Megvii"),
    Vendor("axis", "Axis Communications AB", "SE", "maker", "camera", "Axis"),
    Vendor("dell", "Dell Inc.", "US", "maker", "other", "Dell"),
    Vendor("lorex", "Lorex Technology Inc.", "CA", "brand", "camera", "Lorex"),
    Vendor("annke", "Annke", "", "brand", "camera", "Annke"),
    Vendor("luminys", "Luminys Systems Corp.", "US", "brand", "camera", "Luminys"),
    Vendor("hilook", "HiLook", "", "brand", "camera", "HiLook"),
    Vendor("ezviz", "Hangzhou EZVIZ Network Co., Ltd.", "CN", "maker", "camera", "EZVIZ"),
    Vendor("q-see", "Q-See", "", "brand", "camera", "Q-See"),
    Vendor("i-pro", "i-PRO Co., Ltd.", "JP", "maker", "camera", "i-PRO"),
    Vendor("reolink", "Reolink", "", "brand", "camera", "Reolink"),
)


def relation(
    subject: str,
    maker: str,
    kind: Relation,
    *,
    start: date | None = None,
    end: date | None = None,
    scope: str = "all",
    grade: str = "B",
) -> VendorRelation:
    """A relation with the parts that do not matter filled in."""
    return VendorRelation(subject, maker, kind, "", grade, "test", start, end, scope)


RELATIONS = (
    relation("hilook", "hikvision", Relation.BRAND),
    relation("ezviz", "hikvision", Relation.SUBSIDIARY),
    relation("annke", "hikvision", Relation.PRODUCER, scope="some"),
    relation("lorex", "dahua", Relation.PRODUCER, scope="some"),
    relation("lorex", "dahua", Relation.SUBSIDIARY, start=date(2018, 2, 1), end=date(2022, 11, 24)),
    relation("luminys", "dahua", Relation.SUBSIDIARY, end=date(2024, 1, 31)),
    relation("i-pro", "dahua", Relation.PRODUCER, scope="some"),
    relation("q-see", "dahua", Relation.PRODUCER, scope="some", grade="C"),
)

BLOCKS = (
    AddressBlock("4419b6", 24, "Hangzhou Hikvision Digital Technology", "hikvision"),
    AddressBlock("00408c", 24, "Axis Communications AB", "axis"),
    AddressBlock("00e0fc", 24, "Huawei Technologies", "huawei"),
    AddressBlock("001422", 24, "Dell Inc.", "dell"),
    AddressBlock("d03bf4", 24, "Shenzhen Kean Digital", "annke"),
    AddressBlock("080023", 24, "Panasonic", "i-pro"),
    AddressBlock("0219b6", 24, "Nobody can register this", "hikvision"),
    AddressBlock("4519b6", 24, "Nor this", "hikvision"),
    AddressBlock("70b3d5", 24, "IEEE Registration Authority", None),
    AddressBlock("70b3d5a", 28, "Axis of the middle size", "axis"),
    AddressBlock("70b3d5abc", 36, "Small Dahua block", "dahua"),
)


def rule(
    name: str,
    field: str,
    pattern: str,
    strength: Strength,
    asserts: dict[str, str],
    family: str = "",
) -> FingerprintRule:
    """A rule with the parts that do not matter filled in; its family is the protocol by default."""
    return FingerprintRule(
        id=name,
        field=field,
        family=family or field.split(".", maxsplit=1)[0],
        pattern=pattern,
        asserts=tuple(asserts.items()),
        strength=strength,
        examples=(Example(name),),
        rejects=("nothing",),
        source="test",
    )


RULES = (
    rule(
        "http-hikvision", "http.server", "^App-webs/", CHARACTERISTIC,
        {"maker": "hikvision", "product_class": "camera"},
    ),
    rule("http-hikvision-title", "http.title", "(?i)hikvision", SUGGESTS, {"maker": "hikvision"}),
    rule(
        "http-hikvision-page", "http.body", "Hikvision Digital Technology", CHARACTERISTIC,
        {"maker": "hikvision", "product_class": "camera"},
    ),
    rule("http-axis", "http.server", "^Axis", CHARACTERISTIC, {"maker": "axis"}),
    rule("http-huawei", "http.title", "^HG8", CHARACTERISTIC, {"maker": "huawei"}),
    rule("http-i-pro", "http.server", "^i-PRO", CHARACTERISTIC, {"maker": "i-pro"}),
    rule("http-dell", "http.title", "^iDRAC", CHARACTERISTIC, {"maker": "dell"}),
    rule("http-megvii", "http.title", "旷视", CHARACTERISTIC, {"maker": "megvii"}),
    rule("http-dahua-title", "http.title", "^WEB SERVICE$", SUGGESTS, {"maker": "dahua"}),
    rule("rtsp-dahua", "rtsp.www_authenticate", "Login to", CHARACTERISTIC, {"maker": "dahua"}),
    rule("rtsp-hikvision", "rtsp.server", "^Hik", SUGGESTS, {"maker": "hikvision"}),
    rule("tls-axis", "tls.subject", "O=Axis", DECLARES, {"maker": "axis"}),
    rule(
        "onvif-maker-hikvision", "onvif.manufacturer", "^HIKVISION$", DECLARES,
        {"maker": "hikvision"},
    ),
    rule("onvif-maker-axis", "onvif.manufacturer", "^AXIS$", DECLARES, {"maker": "axis"}),
    rule("onvif-model", "onvif.model", "^(?P<model>.+)$", DECLARES, {"model": "$model"}),
    rule(
        "dhip-lorex", "dhip.vendor", "^Lorex$", DECLARES, {"brand": "lorex", "maker": "dahua"},
        "vendor-discovery",
    ),
    rule(
        "dhip-vendor", "dhip.vendor", "^(?P<vendor>General|Private)$", CHARACTERISTIC,
        {"brand": "$vendor", "maker": "dahua"}, "vendor-discovery",
    ),
    rule("title-dahua", "http.title", "^DahuaOwn", DECLARES, {"maker": "dahua", "brand": "dahua"}),
    rule("title-lorex", "http.title", "^Lorex", DECLARES, {"brand": "lorex"}),
    rule("title-annke", "http.title", "^ANNKE", DECLARES, {"brand": "annke"}),
    rule("title-luminys", "http.title", "^Luminys", DECLARES, {"brand": "luminys"}),
    rule("title-hilook", "http.title", "^HiLook", DECLARES, {"brand": "hilook"}),
    rule("title-ezviz", "http.title", "^EZVIZ", DECLARES, {"maker": "ezviz"}),
    rule("title-q-see", "http.title", "^Q-See", DECLARES, {"brand": "q-see"}),
    rule("title-reolink", "http.title", "^Reolink", DECLARES, {"brand": "reolink"}),
    rule(
        "ssh-pc", "ssh.banner", "Ubuntu", CHARACTERISTIC, {"product_class": "other"}, "banner"
    ),
    rule(
        "snmp-switch", "snmp.sysdescr", "(?i)switch", CHARACTERISTIC,
        {"product_class": "network"},
    ),
    rule("wsd-camera", "wsd.types", "NetworkVideo", SUGGESTS, {"product_class": "camera"}, "onvif"),
)  # fmt: skip


def listed(
    list_id: str, vendor: str, start: date, end: date | None = None, grade: str = "A"
) -> ListedEntity:
    """A row of a list."""
    name = f"{vendor.capitalize()} as listed"
    return ListedEntity(
        list_id, vendor, name, Relation.NAMED, start, end, f"citation of {vendor}", grade, "test"
    )


def legal_list(
    list_id: str, *entities: ListedEntity, decided_by: tuple[str, ...] = (), only: str = ""
) -> EntityList:
    """A list read on 2026-08-01 that has to be looked at every 30 days."""
    return EntityList(
        id=list_id,
        title=f"Title of {list_id}",
        authority="Authority",
        citation="Citation",
        edition=date(2026, 8, 1),
        checked=date(2026, 11, 1),
        check_every_days=30,
        url="https://list.example",
        effect="What it does.",
        question="Does it concern you?",
        condition="What it covers.",
        entities=entities,
        decided_by=decided_by,
        only=only,
    )


LISTS = (
    legal_list(
        "us-bis-entity-list",
        listed("us-bis-entity-list", "hikvision", date(2019, 10, 9), grade="B"),
        listed("us-bis-entity-list", "dahua", date(2019, 10, 9), grade="B"),
        listed("us-bis-entity-list", "huawei", date(2019, 5, 16), grade="B"),
        listed("us-bis-entity-list", "axis", date(2019, 1, 1), grade="U"),
        decided_by=("trade",),
    ),
    legal_list(
        "us-dod-1260h",
        listed("us-dod-1260h", "hikvision", date(2021, 6, 3)),
        listed("us-dod-1260h", "megvii", date(2024, 1, 31), date(2025, 1, 7)),
        decided_by=("body",),
        only="TX",
    ),
    legal_list(
        "us-ndaa-889",
        listed("us-ndaa-889", "hikvision", date(2019, 8, 13)),
        listed("us-ndaa-889", "dahua", date(2019, 8, 13)),
        decided_by=("contract", "money"),
    ),
)
QUESTIONS = (
    Question("contract", "Any contract?", "Why.", "clauses", "Which clauses?", ("c-1", "c-2")),
    Question("money", "Any money?", "Why."),
    Question("body", "A public body?", "Why.", "state", "Which state?", ("TX", "CA")),
    Question("trade", "Any trade?", "Why."),
)
CLAUSES = (
    Clause(
        "c-1", "Within a day.", "A", "us-ndaa-889", "Law 1(d)", "It starts at once.",
        periods=(ReportingPeriod("first", "Report", 1, Unit.BUSINESS_DAYS, "identification"),),
    ),
    Clause(
        "c-2", "Within an hour.", "B", "us-ndaa-889", "Law 2(h)", "It starts at once.",
        periods=(ReportingPeriod("first", "Report", 1, Unit.HOURS, "identification"),),
    ),
)  # fmt: skip
KNOWLEDGE = Knowledge(
    RULES, VENDORS, RELATIONS, BLOCKS, LISTS, ports=(), files=(), questions=QUESTIONS,
    clauses=CLAUSES,
)  # fmt: skip


def replies(answers: dict[str, Answer], detail: tuple[str, ...] = ()) -> tuple[Reply, ...]:
    """Answers of one person on one day."""
    return tuple(
        Reply(question, question, answer, "A. Person", date(2026, 11, 1), detail)
        for question, answer in answers.items()
    )


def vendors(as_of: date = TODAY) -> Vendors:
    """The vendors of this world on a date."""
    return Vendors(VENDORS, RELATIONS, as_of)


def listings(as_of: date = TODAY, answers: dict[str, Answer] | None = None) -> Listings:
    """The lists of this world on a date, for an organisation that gave these answers."""
    return Listings(LISTS, vendors(as_of), as_of, Profile(QUESTIONS, replies(answers or {})))


def claim(
    asserted: str,
    family: str,
    strength: Strength,
    attribute: str = "maker",
    name: str = "",
    value: str = "said",
) -> Evidence:
    """A piece of evidence as a rule would give it."""
    return Evidence(
        rule=name or f"{family}-{asserted}",
        family=family,
        strength=strength,
        field=f"{family}.field",
        value=value,
        probe=family,
        attribute=attribute,
        asserted=asserted,
    )


def weigh(*claims: Evidence) -> Identification:
    """`identify` with the vendors of this world."""
    return identify(claims, vendors())


def result(
    probe: str,
    port: int | None = None,
    status: ProbeStatus = ProbeStatus.OK,
    ip: str = IP,
    **said: str | Sequence[str],
) -> ProbeResult:
    """One result; `http_server="x"` is the observation `http.server`: `x`."""
    observations = tuple(
        Observation(field.replace("_", ".", 1), value)
        for field, values in said.items()
        for value in ([values] if isinstance(values, str) else values)
    )
    return ProbeResult(
        ip, probe, status, port, started="2026-11-23T10:00:00Z", observations=observations
    )


def web(**said: str) -> tuple[Record, ...]:
    """A host with port 80 open, whose web server was asked and answered."""
    return (result("tcp", 80, tcp_open="80"), result("http", 80, ProbeStatus.OK, IP, **said))


def host(mac: str | None = None, ip: str = IP) -> Host:
    """A host seen by ARP."""
    return Host(ip, mac, ("arp",), "2026-11-23T09:59:59Z")


RUN = RunInfo("run-1", "camcensus 0.1.0", "2026-11-23T10:00:00Z", "hq-1", ("192.0.2.0/24",))


def whole(*records: Record) -> tuple[Record, ...]:
    """The records as a complete run."""
    results = sum(isinstance(r, ProbeResult) for r in records)
    return (RUN, *records, RunEnd("2026-11-23T10:01:00Z", 1, results, complete=True))


def report(*records: Record, as_of: date = TODAY) -> ScanReport:
    """The report on the records as they stand."""
    return assess(records, KNOWLEDGE, as_of)


def judge(*records: Record, as_of: date = TODAY) -> Finding:
    """The finding on the only device of a complete run."""
    (device,) = report(*whole(*records), as_of=as_of).devices
    return device


def ids(matches: Iterable[object]) -> list[str]:
    """`list: entity` for every match."""
    return [f"{m.list_id}: {m.entity}" for m in matches]  # type: ignore[attr-defined]
