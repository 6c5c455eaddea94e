"""What was heard in frames as lines of a worker: the same of a capture file and of the cable."""

from collections.abc import Iterator

from scanner.collect.wire.frames import Heard
from scanner.workers.stdio import Line

MAX_VALUE = 1024
"""Characters of a value."""
FIELDS = 16
"""Fields of one line, which has to stay short."""


def lines(heard: Heard, when: float) -> Iterator[Line]:
    """One line on the host, and more where something was said; `when` is in seconds."""
    yield {
        "ip": heard.ip, "mac": heard.mac, "hostname": heard.hostname, "at": when,
        "fields": [],
    }  # fmt: skip
    for i in range(0, len(heard.fields), FIELDS):
        fields = [(name, value[:MAX_VALUE]) for name, value in heard.fields[i : i + FIELDS]]
        yield {"ip": heard.ip, "at": when, "protocol": heard.protocol, "fields": fields}
