"""UPnP device description (UPnP Device Architecture 1.1 section 2.3): the device's own words."""

from scanner.collect.wire import markup

MAX_TEXT = 1024
"""Characters kept of one value."""

_ELEMENTS = (
    "deviceType", "friendlyName", "manufacturer", "modelName", "modelNumber", "serialNumber",
)  # fmt: skip


def fields(data: bytes) -> tuple[tuple[str, str], ...]:
    """`upnp.…` of the root device, element names in lower case; empty when it is no description.

    Embedded devices come after the root device, so the first of each element counts.
    """
    found: dict[str, str] = {}
    for element in markup.elements(data):
        if element.name in _ELEMENTS:
            found.setdefault(element.name, element.text[:MAX_TEXT])
    is_description = "deviceType" in found
    return tuple((f"upnp.{n.lower()}", v) for n, v in found.items() if v and is_description)
