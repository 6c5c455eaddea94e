"""Multicast DNS: devices on the link say which services they offer, and often who they are."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence

from scanner.collect import introductions
from scanner.collect.api import Discovery, SegmentNet
from scanner.collect.link import attached, on_link
from scanner.collect.wire import mdns
from scanner.model import Sighting

TYPES = (
    "_http._tcp", "_psia._tcp", "_CGI._tcp", "_rtsp._tcp", "_onvif._tcp",
    "_axis-video._tcp", "_axis-nvr._tcp", "_arec._tcp",
)  # fmt: skip
"""Asked for by name: not every device lists its types."""
RATE = 20.0
"""Packets a second the worker may send; it sends far fewer."""
SLACK = 10.0
"""Seconds the worker may take beyond the listening window."""


class MdnsDiscovery:
    """One worker for all links; it speaks, this reads what came back."""

    name = "mdns"

    async def sightings(self, net: SegmentNet) -> AsyncIterator[Sighting]:
        """Sightings when the window is over: only all answers show who merely repeats others."""
        heard: defaultdict[str, list[bytes]] = defaultdict(list)
        if job := _job(net):
            async for line in net.worker("mdns", job):
                if "ip" in line:
                    heard[str(line["ip"])].append(bytes.fromhex(str(line["data"])))
        for sender, answers in heard.items():
            yield _sighting(sender, answers)


def _job(net: SegmentNet) -> dict[str, object] | None:
    """The worker's job, None without a link to ask on; `seconds` is its life."""
    links = [i for i in attached(net.interfaces, net.target) if i.multicast]
    listen = net.target.limits.listen
    job = {
        "do": "browse",
        "interfaces": [i.address for i in links],
        "addresses": [str(n) for i in links for n in on_link(i, net.target)],
        "types": TYPES,
        "listen": listen,
        "rate": RATE,
        "seconds": listen + SLACK,
    }
    return job if links else None


def _sighting(sender: str, answers: Sequence[bytes]) -> Sighting:
    """What a host says of itself, and its name."""
    others = mdns.elsewhere(answers, sender)
    said = introductions.observations(answers, lambda data: mdns.fields(data, others))
    names = (mdns.hostname(data, sender) for data in answers)
    hostname = next(filter(None, names), None)
    return Sighting(sender, MdnsDiscovery.name, hostname=hostname, observations=said)


DISCOVERY: Discovery = MdnsDiscovery()
