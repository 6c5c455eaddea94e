"""Hikvision ISAPI without a login: the challenge, `userCheck`, a `DeviceInfo` given freely."""

from scanner.collect.wire import markup

DEVICE_INFO = "/ISAPI/System/deviceInfo"
_ROOTS = frozenset({"deviceinfo", "usercheck", "responsestatus"})


def read(body: bytes) -> tuple[tuple[str, str], ...]:
    """(lower-case element name, text) of an ISAPI document, its `namespace` first; else empty."""
    found = markup.elements(body)
    if not found or found[0].name.lower() not in _ROOTS:
        return ()
    root, *rest = found
    declared = root.namespace or next(iter(markup.namespaces(body)), "")
    pairs = ((e.name.lower(), e.text) for e in rest if e.text)
    return (*((("namespace", declared),) if declared else ()), *pairs)
