"""Cameras that only their recorder sees: each a device of its own, or a gap when nobody looked.

A camera whose own address was scanned too is that device, unless the hardware addresses differ.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from scanner.assess.dossier import RunKey
from scanner.assess.matcher import MAC_FIELD
from scanner.identity import mac_digits
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

Key = tuple[RunKey, str]
"""A run, and an address in it."""
Macs = Callable[[Key], tuple[str, ...] | None]
"""Hardware addresses seen at an address; None where no host was seen."""


@dataclass(slots=True)
class _Recorder:
    channels: dict[int, Channel] = field(default_factory=dict)
    count: int | None = None
    is_listed: bool = False
    why: tuple[str, str] = ("", "")
    """When that was told, and what."""


class Recorders:
    """What recorders told of the cameras behind them, as evidence streams by."""

    def __init__(self) -> None:
        self._recorders: dict[Key, _Recorder] = {}

    def channel(self, run: RunKey, channel: Channel) -> None:
        """A slot, as last told."""
        found = self._at((run, channel.ip)).channels
        if channel.channel <= MAX_CHANNELS:
            known = found.get(channel.channel, channel)
            found[channel.channel] = max(channel, known, key=_told)

    def result(self, run: RunKey, result: ProbeResult) -> None:
        """Take in what a result says of channels."""
        key = (run, result.ip)
        for seen in result.observations:
            if seen.field in COUNTED and seen.value.isascii() and seen.value[:4].isdecimal():
                at = self._at(key)
                at.count = max(at.count or 0, min(int(seen.value[:4]), MAX_CHANNELS))
            elif seen.field == LISTED:
                self._at(key).is_listed = True
        if result.probe == LOGIN and result.reason:
            at = self._at(key)
            at.why = max(at.why, (result.started or "", result.reason))

    def cameras(self, macs: Macs) -> Iterator[tuple[Key, Behind, Host, ProbeResult]]:
        """Each channel in use: the address it is judged under, and what was said as records."""
        for (run, recorder), told in sorted(self._recorders.items()):
            for number, channel in sorted(told.channels.items()):
                if channel.state != "empty":
                    behind = Behind(recorder, number, channel.state, channel.address)
                    ip = _address(run, channel, macs) or f"{recorder} channel {number}"
                    yield (run, ip), behind, _host(ip, channel), _result(ip, channel)

    def uninspected(self, keys: Iterable[Key], finding: Finding) -> Iterator[Uninspected]:
        """The device, if it is a recorder whose cameras nobody could look at."""
        told = [self._recorders[key] for key in keys if key in self._recorders]
        counts = [each.count for each in told if each.count is not None]
        count = max(counts, default=None)
        is_recorder = finding.product_class == "recorder" or (count or 0) > 1
        is_listed = any(each.is_listed for each in told)
        if is_recorder and not finding.behind and not is_listed and count != 0:
            _, why = max((each.why for each in told), default=("", ""))
            yield Uninspected(finding.ip, count, why or NO_LOGIN)

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


def _told(channel: Channel) -> tuple[object, ...]:
    """The order in which a recorder told; what it told at one time, by text."""
    said = sorted((o.field, o.value) for o in channel.observations)
    return channel.at, channel.state, channel.address, channel.inner, said


def _address(run: RunKey, channel: Channel, macs: Macs) -> str:
    """The camera's own address when it was scanned as well; empty when it was not."""
    known = None if channel.inner or not channel.address else macs((run, channel.address))
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
