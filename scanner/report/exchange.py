"""What the formats of other programs share: values that fit their types, or nothing."""

import re
from datetime import UTC, datetime, time
from functools import lru_cache
from ipaddress import ip_address

from scanner.model import Evidence, Finding, ScanReport
from scanner.report import figures
from scanner.report.text import excerpt

LIMIT = 2_000
"""Characters of one text; consoles of other programs show whole values."""
PRODUCT = "camcensus"
_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")


def short(text: str) -> str:
    """A text that is harmless where it is shown, and not too long."""
    return excerpt(text, LIMIT)


def without_nothing(values: dict[str, object]) -> dict[str, object]:
    """The values there are: these formats leave out what is not known."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


def ip(text: str) -> str:
    """The address in its usual form; empty for what is none."""
    try:
        return str(ip_address(text.partition("%")[0]))
    except ValueError:
        return ""


def mac(text: str | None) -> str:
    """Six octets, lower case with colons; empty for what is none."""
    return text if text and _MAC.fullmatch(text) else ""


def moment(report: ScanReport, text: str = "") -> datetime:
    """The moment in UTC; the end of the scan where it is none, else midnight of the day."""
    known = (_moment(each) for each in (text, report.finished, report.run.started))
    return next(filter(None, known), datetime.combine(report.as_of, time(), UTC))


@lru_cache(maxsize=4096)
def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def version(report: ScanReport) -> str:
    """The number in `camcensus 0.1.0`."""
    return short(report.tool).rpartition(" ")[2]


def title(device: Finding) -> str:
    """Maker and model as far as known, else what kind of device it is."""
    named = " ".join(t for t in (figures.maker_label(device), device.model) if t)
    return short(named or device.product_class or "unknown")


def of_the_maker(device: Finding) -> tuple[Evidence, ...]:
    """What speaks for the maker and the brand, on which a listing rests."""
    return tuple(each for each in device.evidence if each.attribute in ("maker", "brand"))


def evidence(each: Evidence) -> str:
    """One piece of evidence in one line."""
    port = "" if each.port is None else f" port {each.port}"
    return short(
        f"{each.strength.word}: {each.field}={each.value} "
        f"[{each.rule}; {each.probe}{port}; says {each.attribute} is {each.asserted}]"
    )
