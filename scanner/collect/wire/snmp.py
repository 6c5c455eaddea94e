"""SNMP messages from the outside (RFC 3416, 3412, 3414): what a message is, and what answers it.

Reads the envelope only, strictly: BER of definite length, every byte accounted for. It is the
guard of the SNMP worker on both ways: nothing but reads goes out, nothing but answers comes in.
"""

from collections.abc import Iterator
from dataclasses import dataclass

GET, GET_NEXT, RESPONSE, SET, GET_BULK, REPORT = 0xA0, 0xA1, 0xA2, 0xA3, 0xA5, 0xA8
READS = frozenset({GET, GET_NEXT, GET_BULK})
SEALED = 0x04
"""Stands for the PDU of an encrypted message: only its OCTET STRING can be seen."""
AUTH, PRIV = 0x01, 0x02
"""Of `msgFlags`."""
MAX_DEPTH = 8
MAX_ELEMENTS = 2000
MAX_OBJECT_ID = 128 * 5
"""Bytes: RFC 3416 allows 128 sub-identifiers of 32 bits; reading longer ones takes for ever."""
_INTEGER, _OCTETS, _OBJECT_ID, _SEQUENCE, _CONSTRUCTED = 0x02, 0x04, 0x06, 0x30, 0x20

Element = tuple[int, bytes]
"""(tag, content)."""


@dataclass(frozen=True, slots=True)
class Message:
    """The envelope. `pdu` is the PDU's tag, `SEALED` when encrypted; `flags` are 0 before v3."""

    version: int
    id: int
    pdu: int
    flags: int = 0


def parse(data: bytes) -> Message | None:
    """The message's envelope; None when it is no sound SNMP v1, v2c or v3 message."""
    if not _sound(data):
        return None
    outer = elements(data)
    if outer is None or len(outer) != 1 or outer[0][0] != _SEQUENCE:
        return None
    parts = elements(outer[0][1]) or []
    match parts:
        case [(0x02, b"\0" | b"\1" as version), (0x04, _), (pdu, content)] if _is_pdu(pdu):
            return _message(version[0], pdu, _first_integer(content))
        case [(0x02, b"\3"), (0x30, header), (0x04, _), (kind, content)]:
            return _v3(header, kind, content)
    return None


def is_read(message: Message) -> bool:
    """True for GetRequest, GetNextRequest, GetBulkRequest, and for what cannot be looked into."""
    return message.pdu in READS or message.pdu == SEALED


def answers(request: bytes, reply: bytes) -> bool:
    """True when the reply may be looked at as the answer to the request.

    It has to carry the same version and id, be a response, and be protected as the request was;
    only a v3 report, which tells why there is no answer, may be in clear.
    """
    asked, said = parse(request), parse(reply)
    if asked is None or said is None or (said.version, said.id) != (asked.version, asked.id):
        return False
    if said.pdu == REPORT:
        return said.version == 3
    return said.pdu in (RESPONSE, SEALED) and said.flags & (AUTH | PRIV) == asked.flags & (
        AUTH | PRIV
    )


def elements(data: bytes) -> list[Element] | None:
    """The BER elements side by side in the data, None when they do not fill it exactly."""
    try:
        return list(_elements(data))
    except (ValueError, IndexError):
        return None


def _elements(data: bytes) -> Iterator[Element]:
    at = 0
    while at < len(data):
        tag, size, at = data[at], data[at + 1], at + 2
        if tag & 0x1F == 0x1F:
            raise ValueError("a tag of more than one byte")
        if size & 0x80:
            digits, at = data[at : at + (size & 0x7F)], at + (size & 0x7F)
            if not 1 <= len(digits) <= 4:
                raise ValueError("no definite length")
            size = int.from_bytes(digits, "big")
        if at + size > len(data):
            raise ValueError("runs past the end")
        yield tag, data[at : at + size]
        at += size


def _sound(data: bytes) -> bool:
    """True when everything nests properly, not deeply, and is not made of too many pieces."""
    level, count = [data], 0
    for _ in range(MAX_DEPTH):
        inner: list[bytes] = []
        for piece in level:
            parts = elements(piece)
            if parts is None:
                return False
            if any(tag == _OBJECT_ID and len(content) > MAX_OBJECT_ID for tag, content in parts):
                return False
            count += len(parts)
            inner += [content for tag, content in parts if tag & _CONSTRUCTED]
        if count > MAX_ELEMENTS:
            return False
        if not inner:
            return True
        level = inner
    return False


def _is_pdu(tag: int) -> bool:
    return tag & 0xE0 == 0xA0


def _first_integer(content: bytes) -> int | None:
    first = (elements(content) or [(0, b"")])[0]
    return _integer(first)


def _integer(element: Element) -> int | None:
    tag, content = element
    if tag != _INTEGER or not 1 <= len(content) <= 5:
        return None
    return int.from_bytes(content, "big", signed=True)


def _message(version: int, pdu: int, number: int | None, flags: int = 0) -> Message | None:
    return None if number is None else Message(version, number, pdu, flags)


def _v3(header: bytes, kind: int, content: bytes) -> Message | None:
    """`msgID` is the id; a plain scoped PDU shows its PDU's tag."""
    match elements(header):
        case [(0x02, _) as number, (0x02, _), (0x04, flags), (0x02, b"\3")] if len(flags) == 1:
            bits = flags[0]
        case _:
            return None
    if kind == _OCTETS and bits & PRIV:
        return _message(3, SEALED, _integer(number), bits)
    match elements(content) if kind == _SEQUENCE and not bits & PRIV else None:
        case [(0x04, _), (0x04, _), (pdu, _)] if _is_pdu(pdu):
            return _message(3, pdu, _integer(number), bits)
    return None
