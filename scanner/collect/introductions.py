"""What the discovery protocols share: what is said in datagrams, by many hosts or by one."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from hashlib import sha256
from itertools import islice

from scanner.collect.api import HostNet, HostView, Outcome
from scanner.model import IPAddress, Observation, ProbeStatus, Sighting

Read = Callable[[bytes], Sequence[tuple[str, str]]]
"""A datagram → observation fields and their values; empty when it is not of the protocol."""
VENDOR_FIELDS = ("sadp.", "dhip.")
"""How the fields of the makers' own protocols begin."""
UNICAST_SECONDS = 1.0
"""For one host to answer: devices do not delay these answers on purpose."""
TOLD = 16
"""Devices outside the scope that are named one by one."""


class Strangers:
    """Devices that were heard on a link although their address is not in the scope."""

    def __init__(self) -> None:
        self._each: dict[str, None] = {}

    def __bool__(self) -> bool:
        return bool(self._each)

    def note(self, address: object, mac: object = "") -> None:
        """One more, or the same again."""
        self._each[f"{mac} has {address}" if mac else str(address)] = None

    def told(self, what: str) -> str:
        """A sentence on them; `what` is what was heard of them."""
        more = f" and {len(self._each) - TOLD} more" if len(self._each) > TOLD else ""
        return (
            f"{what} was heard on the link from devices whose address is not in the scope, so "
            f"no more is known of them: {', '.join(islice(self._each, TOLD))}{more}. "
            "Name these addresses too, or correct the settings of the devices"
        )


def is_introduced(host: HostView) -> bool:
    """True when the host has introduced itself in a maker's own protocol."""
    return any(o.field.startswith(VENDOR_FIELDS) for o in host.observations)


async def sightings(
    source: str, answers: AsyncIterator[tuple[IPAddress, bytes]], read: Read
) -> AsyncIterator[Sighting]:
    """A sighting for each datagram that says something new; addresses in it are only said."""
    said: set[tuple[str, str, str]] = set()
    async for sender, data in answers:
        new = [item for item in read(data) if (str(sender), *item) not in said]
        said.update((str(sender), *item) for item in new)
        if new:
            yield Sighting(str(sender), source, observations=_observed(new, data))


def may_be_a_computer(host: HostView) -> bool:
    """True where every TCP port stayed silent and nothing points to a camera.

    What answers TCP says more by itself; a silent host may be a computer behind its own firewall.
    """
    asked = [r.status for r in host.results if r.probe == "tcp"]
    silent = bool(asked) and all(status is ProbeStatus.TIMEOUT for status in asked)
    return silent and not host.camera_like


async def ask(
    net: HostNet,
    port: int,
    payloads: Sequence[bytes],
    read: Read,
    *,
    seconds: float,
    protocol: str,
    group: str = "",
) -> Outcome:
    """Silence is a timeout; an answer that is not of the protocol is an error."""
    talk = await net.datagrams(port, payloads, seconds=seconds, group=group)
    if said := observations(talk.replies, read):
        return Outcome(ProbeStatus.OK, said)
    if talk.replies:
        return Outcome(ProbeStatus.PROTOCOL_ERROR, reason=f"the answer is not {protocol}")
    return Outcome(talk.status, reason=talk.reason)


def observations(replies: Iterable[bytes], read: Read) -> tuple[Observation, ...]:
    """All that one host's datagrams say, each thing once."""
    said: dict[tuple[str, str], Observation] = {}
    for reply in replies:
        for one in _observed(read(reply), reply):
            said.setdefault((one.field, one.value), one)
    return tuple(said.values())


def _observed(pairs: Sequence[tuple[str, str]], data: bytes) -> tuple[Observation, ...]:
    digest = sha256(data).hexdigest() if pairs else None
    return tuple(Observation(name, value, digest) for name, value in pairs)
