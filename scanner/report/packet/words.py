"""The sentences of a packet, the same in every rendering."""

from collections.abc import Iterator, Mapping

from scanner.remedy import Origin, Packet, PacketField
from scanner.report.remedy_wording import due, period

TO_FILL = "To be filled in by a person"
DRAFT = (
    "A draft, made from what devices said on the network and from the organisation's own files. "
    "It was sent to nobody, and the program sends nothing. A person confirms each line, fills in "
    "what is missing, and decides whether, to whom and when it is sent. It is not legal advice."
)
CLOCK = (
    "Counted as if the equipment had been identified then. Which moment counts is for the "
    "organisation to decide."
)
MARKS: Mapping[Origin, str] = {
    Origin.SCAN: "from the scan, to be confirmed",
    Origin.PLAN: "suggested, to be confirmed",
    Origin.PROFILE: "from the profile",
    Origin.PERSON: TO_FILL.lower(),
}
NOT_THE_SOC = "The chip inside was not assessed: a scan does not see it."


def title(packet: Packet) -> str:
    """What the document is."""
    return f"Report under {packet.citation}: draft"


def facts(packet: Packet) -> Iterator[tuple[str, str]]:
    """What goes before the fields."""
    yield "Reporting organisation", packet.organisation or TO_FILL
    yield "To", packet.addressee
    yield "Finding", packet.finding
    yield "Device", packet.device
    yield "Why it is reported", packet.listing
    yield "What starts the clock", packet.starts


def deadline(packet: Packet, number: int) -> str:
    """When that part is due, counted how."""
    each = packet.parts[number].deadline
    return f"Due {due(each)}: {period(each)}."


def origin(field: PacketField) -> str:
    """Where the text is from, and how that is known."""
    told = field.basis and field.origin is Origin.SCAN
    return MARKS[field.origin] + (f" ({field.basis})" if told else "")


def to_fill(packet: Packet) -> tuple[PacketField, ...]:
    """What nobody has said yet."""
    fields = (field for part in packet.parts for field in part.fields)
    return tuple(field for field in fields if field.origin is Origin.PERSON)
