"""Passive listening: what hosts announce on our links, without a single frame of ours.

A job of the l2 worker. The interfaces are switched to take in every frame that reaches them, which
sends nothing; a group is never joined, since that would. The kernel keeps all but a few protocols
away from this program, and all that this machine sends.
"""

import select
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing

from scanner.collect.wire import frames, sadp_l2
from scanner.collect.wire.notebook import Notebook
from scanner.workers import heard
from scanner.workers.packet import Instruction, PacketSocket
from scanner.workers.stdio import Job, Line

LONGEST = 7 * 24 * 3600
"""Seconds one listener may take."""
SLOT = 2048
"""Bytes kept of a frame: more than Ethernet usually carries."""
TICK = 1.0
"""Seconds after which a silent cable is looked at again."""

_ETH_P_ALL, _OUTGOING = 3, 4
_PACKET_TYPE = 0xFFFFF004
"""Where BPF shows whether a frame came in or went out (SKF_AD_OFF + SKF_AD_PKTTYPE)."""
_BYTE, _HALF, _HALF_AT_X, _IP_HEADER_TO_X = 0x30, 0x28, 0x48, 0xB1
_IS, _HAS_BITS, _RETURN = 0x15, 0x45, 0x06
_ARP, _IPV4, _IPV6 = 0x0806, 0x0800, 0x86DD
_IGMP, _UDP, _HOP_BY_HOP, _ICMPV6 = 2, 17, 0, 58
_FRAGMENT = 0x1FFF

Step = tuple[int, int, str, str]
"""Code, operand, and where to go when true and when false: a block, or nothing for the next."""


def listen(job: Job) -> Iterator[list[Line]]:
    """`interfaces` (names) and `wait` (seconds) → lines of `heard`, each thing once."""
    names, wait = job.get("interfaces"), job.get("wait")
    if not isinstance(names, list) or not names:
        raise ValueError("'interfaces' has to be a list of names")
    if not isinstance(wait, int | float) or not 0 < wait <= LONGEST:
        raise ValueError(f"'wait' has to be a number above 0, up to {LONGEST}")
    with ExitStack() as stack:
        links = [stack.enter_context(closing(_ear(str(name)))) for name in names]
        yield [{"listening": True}]
        yield from _heard(dict(zip(map(str, names), links, strict=True)), time.monotonic() + wait)
        yield [{"done": True, "dropped": sum(link.drops() for link in links)}]


def _ear(name: str) -> PacketSocket:
    link = PacketSocket(name, _ETH_P_ALL, program(), SLOT)
    link.take_in_everything(name)
    return link


def _heard(links: dict[str, PacketSocket], until: float) -> Iterator[list[Line]]:
    notebooks = {name: Notebook() for name in links}
    while (left := until - time.monotonic()) > 0:
        ready, _, _ = select.select(list(links.values()), [], [], min(left, TICK))
        for name in (n for n, link in links.items() if link in ready):
            yield _news(name, links[name], notebooks[name])
    for name, notebook in notebooks.items():
        now = time.time()
        yield [line for one in notebook.rest(now) for line in _lines(one, now, name)]
        if notebook.full:
            yield [{"full": name}]


def _news(name: str, link: PacketSocket, notebook: Notebook) -> list[Line]:
    slots, lengths = link.receive()
    now = time.time()
    frames_in = (bytes(slots[i * SLOT : i * SLOT + n]) for i, n in enumerate(lengths))
    news = (one for frame in frames_in for one in notebook.note(frame, now))
    return [line for one in news for line in _lines(one, now, name)]


def _lines(one: frames.Heard, when: float, interface: str) -> Iterator[Line]:
    """A link-local address means something only with the interface it was heard on."""
    zone = f"%{interface}" if one.ip.startswith("fe80:") else ""
    for line in heard.lines(one, when):
        yield {**line, "ip": one.ip + zone}


def program() -> list[Instruction]:
    """BPF: keep what came in of ARP, SADP, IGMP, ICMPv6 and the UDP ports that `frames` reads."""
    ports = sorted(frames.PORTS)
    return _assembled(
        {
            "start": [
                (_BYTE, _PACKET_TYPE, "", ""),
                (_IS, _OUTGOING, "drop", ""),
                (_HALF, 12, "", ""),
                (_IS, _ARP, "keep", ""),
                (_IS, sadp_l2.ETHERTYPE, "keep", ""),
                (_IS, _IPV4, "ipv4", ""),
                (_IS, _IPV6, "ipv6", "drop"),
            ],
            "ipv4": [
                (_BYTE, 23, "", ""),
                (_IS, _IGMP, "keep", ""),
                (_IS, _UDP, "", "drop"),
                (_HALF, 20, "", ""),
                (_HAS_BITS, _FRAGMENT, "drop", ""),
                (_IP_HEADER_TO_X, 14, "", ""),
                *_one_of(_HALF_AT_X, 14, ports),
                *_one_of(_HALF_AT_X, 16, ports),
                (_RETURN, 0, "", ""),
            ],
            "ipv6": [
                (_BYTE, 20, "", ""),
                (_IS, _ICMPV6, "keep", ""),
                (_IS, _HOP_BY_HOP, "keep", ""),
                (_IS, _UDP, "", "drop"),
                *_one_of(_HALF, 54, ports),
                *_one_of(_HALF, 56, ports),
            ],
            "drop": [(_RETURN, 0, "", "")],
            "keep": [(_RETURN, SLOT, "", "")],
        }
    )


def _one_of(load: int, at: int, values: Sequence[int]) -> list[Step]:
    return [(load, at, "", ""), *((_IS, value, "keep", "") for value in values)]


def _assembled(blocks: dict[str, list[Step]]) -> list[Instruction]:
    """The blocks one after the other, each jump as the number of instructions it skips."""
    starts: dict[str, int] = {}
    steps: list[Step] = []
    for name, block in blocks.items():
        starts[name] = len(steps)
        steps += block

    def skipped(to: str, at: int) -> int:
        return starts[to] - at - 1 if to else 0

    return [
        (code, skipped(true, at), skipped(false, at), operand)
        for at, (code, operand, true, false) in enumerate(steps)
    ]
