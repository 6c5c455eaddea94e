"""Small XML documents of devices: elements in order, also of documents that are not well formed."""

import re
from dataclasses import dataclass
from itertools import islice
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from scanner.collect.wire.text import text

ELEMENTS_CAP = 4096
NAMESPACES_CAP = 64

_XMLNS = re.compile(rb"""xmlns(?::[\w.-]{1,64})?\s{0,8}=\s{0,8}["']([^"'<>]{1,256})["']""")
_TAG = re.compile(rb"<(?:[\w.-]{1,64}:)?([A-Za-z_][\w.-]{0,63})(?:\s[^<>]*)?>([^<>]*)(?=<)")


@dataclass(frozen=True, slots=True)
class Element:
    """Local name, namespace (empty when unknown) and own text without surrounding blanks."""

    name: str
    namespace: str
    text: str


def elements(data: bytes, cap: int = ELEMENTS_CAP) -> tuple[Element, ...]:
    """Elements in document order, the root first; nothing of a document with a DTD. No raise."""
    try:
        root = fromstring(data.strip(b" \t\r\n\0"), forbid_dtd=True)
    except DefusedXmlException:
        return ()
    except (ParseError, ValueError, LookupError):
        return _salvage(data, cap)
    found = (_element(str(e.tag), e.text or "") for e in root.iter())
    return tuple(islice(found, cap))


def namespaces(data: bytes) -> tuple[str, ...]:
    """Distinct namespace names declared anywhere, in order."""
    found = dict.fromkeys(text(m[1]) for m in _XMLNS.finditer(data))
    return tuple(found)[:NAMESPACES_CAP]


def _element(tag: str, content: str) -> Element:
    namespace, _, name = tag.rpartition("}")
    return Element(name, namespace[1:], content.strip())


def _salvage(data: bytes, cap: int) -> tuple[Element, ...]:
    """Elements by their start tags; text that the end of the data cuts off is left out."""
    tags = islice(_TAG.finditer(data), cap)
    return tuple(Element(text(m[1]), "", text(m[2]).strip()) for m in tags)
