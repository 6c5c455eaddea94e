"""Hikvision SADP in raw frames: heard even by devices whose IP settings fit nothing here."""

from collections.abc import AsyncIterator, Mapping
from ipaddress import ip_address

from scanner.collect import introductions
from scanner.collect.api import Discovery, Interface, SegmentNet, Unseen
from scanner.collect.link import attached, on_link
from scanner.model import Observation, Sighting, Target

COPIES = 2
WAIT = 1.0
"""Seconds to listen after each copy."""
SLACK = 10.0
"""Seconds a worker may take beyond that."""


class SadpFrames:
    """One worker for each attached network in scope, one after the other."""

    name = "sadp-l2"

    async def sightings(self, net: SegmentNet) -> AsyncIterator[Sighting]:
        """One sighting for each response; Unseen names the devices whose IP is out of scope."""
        strangers = introductions.Strangers()
        for interface in attached(net.interfaces, net.target):
            async for line in net.worker("l2", job(interface, net.target)):
                if "ip" not in line:
                    continue
                if net.target.contains(ip_address(str(line["ip"]))):
                    yield _sighting(line)
                else:
                    strangers.note(line["ip"], line["mac"])
        if strangers:
            raise Unseen(strangers.told("Hikvision's protocol"))


def job(interface: Interface, target: Target) -> dict[str, object]:
    """The worker's job; `seconds` is its life."""
    return {
        "do": "sadp",
        "interface": interface.name,
        "addresses": [str(network) for network in on_link(interface, target)],
        "copies": COPIES,
        "wait": WAIT,
        "seconds": COPIES * WAIT + SLACK,
    }


def _sighting(line: Mapping[str, object]) -> Sighting:
    """The hardware address is an observation: nothing proves that it belongs to that IP."""
    fields = line.get("fields")
    said = [("mac.address", str(line.get("mac"))), *(fields if isinstance(fields, list) else ())]
    observed = tuple(Observation(str(name), str(value)) for name, value in said)
    return Sighting(str(line["ip"]), SadpFrames.name, observations=observed)


DISCOVERY: Discovery = SadpFrames()
