"""Cameras that only their recorder sees: each a device of its own, or a gap when nobody looked.

A camera whose own address was scanned too is that device, unless the hardware addresses differ.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from scanner.assess.matcher import MAC_FIELD, mac_digits
from scanner.model import (
    Behind,
    Channel,
    Finding,
    Host,
    Observation,
    ProbeResult,
    ProbeStatus,
    Uninspected,
)

SEEN_BY = "recorder"
LOGIN = "login"
COUNTED = frozenset({"dhip.remotevideoinputchannels", "sadp.digitalchannelnum"})
"""Fields in which a device says how many network cameras it can take."""
LISTED = "recorder.channels"
"""A login's word that the whole list of channels was read."""
MAX_CHANNELS = 1024
NO_LOGIN = "no credentials were supplied for it"

Key = tuple[str, str]
"""(site, address)."""
Macs = Callable[[Key], tuple[str, ...] | None]
"""Hardware addresses seen at an address; None where no host was seen."""


@dataclass(slots=True)
class _Recorder:
    channels: dict[int, Channel] = field(default_factory=dict)
    count: int | None = None
    is_listed: bool = False
    why: str = NO_LOGIN


class Recorders:
    """What recorders told of the cameras behind them, as evidence streams by."""

    def __init__(self) -> None:
        self._recorders: dict[Key, _Recorder] = {}

    def channel(self, site: str, channel: Channel) -> None:
        """A slot, as last told."""
        found = self._at((site, channel.ip)).channels
        if channel.channel in found or len(found) < MAX_CHANNELS:
            found[channel.channel] = channel

    def result(self, site: str, result: ProbeResult) -> None:
        """Take in what a result says of channels."""
        key = (site, result.ip)
        for seen in result.observations:
            if seen.field in COUNTED and seen.value.isascii() and seen.value[:4].isdecimal():
                at = self._at(key)
                at.count = max(at.count or 0, min(int(seen.value[:4]), MAX_CHANNELS))
            elif seen.field == LISTED:
                self._at(key).is_listed = True
        if result.probe == LOGIN and result.reason:
            self._at(key).why = result.reason

    def cameras(self, macs: Macs) -> Iterator[tuple[Key, Behind, Host, ProbeResult]]:
        """Each channel in use: the address it is judged under, and what was said as records."""
        for (site, recorder), told in sorted(self._recorders.items()):
            for number, channel in sorted(told.channels.items()):
                if channel.state != "empty":
                    behind = Behind(recorder, number, channel.state, channel.address)
                    ip = _address(site, channel, macs) or f"{recorder} channel {number}"
                    yield (site, ip), behind, _host(ip, channel), _result(ip, channel)

    def uninspected(self, findings: Iterable[tuple[Key, Finding]]) -> Iterator[Uninspected]:
        """Recorders whose cameras nobody could look at."""
        for key, finding in findings:
            told = self._recorders.get(key) or _Recorder()
            is_recorder = finding.product_class == "recorder" or (told.count or 0) > 1
            if is_recorder and not finding.behind and not told.is_listed and told.count != 0:
                yield Uninspected(key[1], told.count, told.why)

    def _at(self, key: Key) -> _Recorder:
        return self._recorders.setdefault(key, _Recorder())


def placed(finding: Finding, behind: Behind) -> Finding:
    """The finding with where it was seen, among its reasons too."""
    state = "state not told" if behind.state == "unknown" else behind.state
    text = f"Seen through recorder {behind.recorder}, channel {behind.channel} ({state})"
    where = f", which knows it at {behind.address}" if behind.address else ""
    doubt = (
        " It was offline: what the recorder tells may be of an earlier camera."
        if behind.state == "offline"
        else ""
    )
    return replace(finding, behind=behind, reasons=(*finding.reasons, f"{text}{where}.{doubt}"))


def _address(site: str, channel: Channel, macs: Macs) -> str:
    """The camera's own address when it was scanned as well; empty when it was not."""
    known = None if channel.inner or not channel.address else macs((site, channel.address))
    if known is None:
        return ""
    told = {mac_digits(o.value) for o in channel.observations if o.field == MAC_FIELD} - {None}
    seen = {mac_digits(mac) for mac in known}
    return "" if told and seen and told.isdisjoint(seen) else channel.address


def _host(ip: str, channel: Channel) -> Host:
    return Host(ip, seen_by=(SEEN_BY,), at=channel.at or None)


def _result(ip: str, channel: Channel) -> ProbeResult:
    seen = (Observation("channel.state", channel.state), *channel.observations)
    return ProbeResult(ip, SEEN_BY, ProbeStatus.OK, started=channel.at or None, observations=seen)
