"""The plan and the deadlines of the office, made by hand: some of everything, costs included."""

from datetime import date
from decimal import Decimal

from scanner.model import Finding, Verdict
from scanner.remedy import (
    Choice,
    Deadline,
    Disposition,
    Option,
    Phase,
    Plan,
    PlanItem,
    Replacement,
    Requirement,
    Screening,
    Span,
    Statement,
    Total,
    Traits,
    Unit,
)

STARTS = "The clock starts when the contractor identifies covered equipment or is told of it."
ZONE = "America/New_York"
CLOCKS = (
    "FAR 52.204-25(d): a first report within one business day of the identification, a second "
    "within ten business days of the first. Federal holidays are no business days.",
)
DEADLINES = (
    Deadline(
        "52.204-25", "FAR 52.204-25(d)", "first", "First report", 1, Unit.BUSINESS_DAYS, STARTS,
        "2026-11-23", "2026-11-24", ZONE, grade="A",
    ),
    Deadline(
        "52.204-25", "FAR 52.204-25(d)", "follow-up", "Follow-up report", 10, Unit.BUSINESS_DAYS,
        STARTS, "2026-11-24", "2026-12-09", ZONE, ("2026-11-26 Thanksgiving Day",),
        assumed=True, grade="A",
    ),
    Deadline(
        "52.240-91", "FAR 52.240-91(h)", "only", "Report", 72, Unit.HOURS, STARTS,
        "2026-11-23T10:01:42Z", "2026-11-26T10:01:42Z", "UTC",
    ),
)  # fmt: skip
ORDER = (
    "Lists that concern the organisation come before lists that may, and these before the rest.",
    "Listed before to be reviewed, then what nobody has named, then the rest.",
    "Recorders before cameras: what hangs behind one is not inspected.",
)
PHASES = (
    Phase("now", "Now", "Isolate what stays for the moment; settle what is open."),
    Phase("replace", "Replacement", "Put other units in place, recorders first."),
    Phase("settled", "Nothing to do", "Nothing is proposed for these."),
)
CATALOGUE = "catalogue of the organisation"
REPLACEMENTS = (
    Replacement(
        "axis-p3265-lv", "axis", "Axis", "P3265-LV",
        Traits("camera", "dome", "2 MP", "class 3", None, ("S", "T")), CATALOGUE,
        Screening.OFFERED,
        statement=Statement(
            "section 889", "model", CATALOGUE, "https://vendor.example/889", date(2026, 5, 4),
            date(2026, 11, 2),
        ),
    ),
    Replacement(
        "uniview-ipc3612", "uniview", "Uniview", "IPC3612", Traits("camera", "dome"), CATALOGUE,
        Screening.FLAGGED, ("Uniview is on the Entity List since 2024-12-10 (89 FR 99702).",),
        Statement("section 889", "brand", "the maker's page", "https://vendor.example/889"),
    ),
    Replacement(
        "acme-d1", "", "Acme", "D1", Traits("camera"), CATALOGUE, Screening.UNCHECKED,
        ("No vendor of the data has this name, so no list could be checked for it.",),
    ),
)  # fmt: skip
UNTIL_THEN = ("Put it on a network of its own, without a way to the internet.",)
DECIDED = Choice(
    ("mac:44:19:b6:00:00:01",), Disposition.REPLACE, "B. Person, facilities", date(2027, 1, 15),
    "with the lobby works", "A. Person, security", date(2026, 11, 24),
)  # fmt: skip
GONE = Choice(("serial:0A00000PAG00099",), Disposition.REMOVE, "B. Person, facilities")
UNIT, HOURS = Span(Decimal(780), Decimal("1310.50")), Span(Decimal(2), Decimal(4))


def plan(devices: tuple[Finding, ...]) -> Plan:
    """One item a device, in the order of the devices."""
    items = tuple(_item(number, device) for number, device in enumerate(devices, 1))
    return Plan(
        ORDER, items, PHASES, REPLACEMENTS, _totals(items), "USD", (GONE,) if devices else ()
    )


def _item(number: int, device: Finding) -> PlanItem:
    if device.verdict is Verdict.LISTED:
        return _replaced(number, device)
    if device.verdict is Verdict.NOT_LISTED:
        return PlanItem(
            number, device.identity, Disposition.KEEP, "not-listed",
            "No list used holds its maker.", number, ("not listed",), "settled",
        )  # fmt: skip
    return PlanItem(
        number, device.identity, Disposition.INVESTIGATE, "open", "Who made it is not settled.",
        number, ("to be reviewed",), "now",
    )  # fmt: skip


def _replaced(number: int, device: Finding) -> PlanItem:
    camera = device.product_class == "camera"
    return PlanItem(
        number, device.identity, Disposition.REPLACE, "concerned",
        "A list that holds its maker concerns this organisation.", number,
        ("a list that may concern the organisation", "listed", device.product_class), "replace",
        (
            Requirement("form factor", "dome" if camera else "", "model name" if camera else ""),
            Requirement("resolution"),
            Requirement("PoE class"),
        ),
        UNTIL_THEN,
        (Option("axis-p3265-lv", ("resolution", "PoE class")),) if camera else (),
        UNIT if camera else None,
        HOURS if camera else None,
        DECIDED if device.identity in DECIDED.keys else None,
    )  # fmt: skip


def _totals(items: tuple[PlanItem, ...]) -> tuple[Total, ...]:
    return (
        _total("all", "", items),
        _total("site", "", items),
        *(_total("phase", p.title, [i for i in items if i.phase == p.id]) for p in PHASES),
        _total("year", "2027", [i for i in items if i.decision]),
        _total("year", "no date yet", [i for i in items if not i.decision]),
    )


def _total(by: str, name: str, items: list[PlanItem] | tuple[PlanItem, ...]) -> Total:
    priced = [i for i in items if i.cost]
    units = sum(i.agreed is Disposition.REPLACE for i in items)
    counts = ((d, sum(i.agreed is d for i in items)) for d in Disposition)
    return Total(
        by, name, units, tuple((d, n) for d, n in counts if n),
        _times(UNIT, len(priced)), _times(HOURS, len(priced)), units - len(priced),
    )  # fmt: skip


def _times(span: Span, number: int) -> Span | None:
    return Span(span.low * number, span.high * number) if number else None
