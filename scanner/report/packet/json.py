"""The packet as JSON of schema `packet-1`."""

import json
from typing import Any

from scanner.remedy import Packet, PacketPart
from scanner.report.packet import words
from scanner.report.remedy_json import deadline

SCHEMA = "packet-1"


def render(packet: Packet) -> bytes:
    """ASCII, keys in a fixed order, a newline at the end."""
    document = {
        "schema": SCHEMA,
        "clause": packet.clause,
        "citation": packet.citation,
        "addressee": packet.addressee,
        "starts": packet.starts,
        "finding": packet.finding,
        "device": packet.device,
        "organisation": packet.organisation or None,
        "listing": packet.listing,
        "reports": [_part(part) for part in packet.parts],
        "evidence": packet.evidence,
        "run": packet.run,
        "tool": packet.tool,
        "as_of": packet.as_of,
        "sent": False,
        "notice": words.DRAFT,
    }
    return json.dumps(document, indent=1).encode() + b"\n"


def _part(part: PacketPart) -> dict[str, Any]:
    return {
        "deadline": deadline(part.deadline),
        "note": part.note or None,
        "fields": [
            {
                "key": field.key,
                "label": field.label,
                "value": field.value or None,
                "origin": field.origin.value,
                "basis": field.basis or None,
                "needs_a_person": field.needs_a_person,
            }
            for field in part.fields
        ],
    }
