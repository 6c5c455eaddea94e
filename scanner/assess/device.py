"""One device: what its dossiers say together, whichever addresses and runs they are of."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from ipaddress import ip_address

from scanner import identity
from scanner.assess.dossier import (
    MAX_CLAIMS,
    ClaimKey,
    Dossier,
    RunKey,
    Slot,
    first_names,
    gather,
    strongest,
)
from scanner.model import Behind, Evidence, ProbeStatus

MAX_PORTS_SHOWN = 24


class Device:
    """The union of some dossiers. `shared` are marks that several devices bear."""

    def __init__(self, dossiers: Iterable[Dossier], shared: Collection[str] = ()) -> None:
        self.dossiers = sorted(dossiers, key=_order)
        self._shared = shared

    @cached_property
    def run(self) -> RunKey:
        """The latest run that saw it."""
        return max(d.run for d in self.dossiers)

    @cached_property
    def leading(self) -> Dossier:
        """Where to find it now: seen by the latest run, and answering if it answers anywhere."""
        latest = (d for d in self.dossiers if d.run == self.run)
        answered = {d.ip for d in self.dossiers if d.run == self.run and d.answered}
        return min(latest, key=lambda d: (d.ip not in answered, by_address(d.ip), not d.mac, d.mac))

    @property
    def ip(self) -> str:
        """The address to look for it at."""
        return self.leading.ip

    @property
    def site(self) -> str:
        """The sensor that saw it last."""
        return self.run.site

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """All its addresses: the one to look at, those of the latest run, earlier ones."""
        now = {a for d in self.dossiers if d.run == self.run for a in (d.ip, *d.aliases)}
        ever = {a for d in self.dossiers for a in (d.ip, *d.aliases)}
        ranked = (sorted(part, key=by_address) for part in (now, ever - now))
        return tuple(dict.fromkeys((self.ip, *(a for part in ranked for a in part))))

    @cached_property
    def macs(self) -> tuple[str, ...]:
        """All its hardware addresses, that of `ip` first, those made up by software last."""
        found = {d.mac for d in self.dossiers if d.mac}
        ranked = sorted(found, key=lambda mac: (identity.is_local(mac), mac))
        return tuple(dict.fromkeys((*filter(None, (self.leading.mac,)), *ranked)))

    def shared(self, serial_shown: str) -> tuple[str, ...]:
        """Which of its hardware addresses, and of the serial number shown, are not its alone."""
        told = {text for d in self.dossiers if (text := serial(d))}
        text = identity.serial_text(serial_shown)
        is_own = text in told and f"serial:{text}" not in self._shared
        macs = (mac for mac in self.macs if f"mac:{mac}" in self._shared)
        return (*macs, *([] if is_own or not serial_shown else [serial_shown]))

    @property
    def onvif_profiles(self) -> frozenset[str]:
        """Letters of the ONVIF profiles it announces."""
        return frozenset(letter for d in self.dossiers for letter in d.onvif_profiles)

    @property
    def hostname(self) -> str | None:
        """The name told last; a computer's own name where there is no better one."""
        return _told_last(d.hostnames for d in self.dossiers) or _told_last(
            d.computer_names for d in self.dossiers
        )

    @property
    def behind(self) -> Behind | None:
        """The recorder it was last seen through."""
        return next((d.behind for d in reversed(self.dossiers) if d.behind), None)

    @property
    def is_told(self) -> bool:
        """True when only a recorder tells of it."""
        return all(d.is_told for d in self.dossiers)

    @property
    def seen_by(self) -> tuple[str, ...]:
        """The sources that saw it."""
        return tuple(first_names(name for d in self.dossiers for name in d.seen_by))

    @cached_property
    def claims(self) -> tuple[Evidence, ...]:
        """All that may be believed of it, each claim once."""
        if len(self.dossiers) == 1:
            return self.dossiers[0].claims
        found: dict[ClaimKey, Evidence] = {}
        for dossier in self.dossiers:
            gather(found, dossier.claims, dossier.share)
        return tuple(strongest(found).values())

    @property
    def is_crowded(self) -> bool:
        """True when something it said was not kept."""
        return any(d.is_crowded for d in self.dossiers) or len(self.claims) >= MAX_CLAIMS

    @property
    def accepts_all(self) -> bool:
        """True when it accepts a connection on every port."""
        return any(d.accepts_all for d in self.dossiers)

    @property
    def open_ports(self) -> frozenset[int]:
        """Ports seen open at any of its addresses."""
        return frozenset(port for d in self.dossiers for port in d.open_ports)

    @property
    def asked(self) -> bool:
        """True when it was asked about a port."""
        return any(d.asked for d in self.dossiers)

    @property
    def ports_asked(self) -> int:
        """How many ports the latest run asked it about."""
        return max(d.ports_asked for d in self.dossiers if d.run == self.run)

    @property
    def first_seen(self) -> str:
        """The earliest time of any line about it."""
        return min((d.first_seen for d in self.dossiers if d.first_seen), default="")

    @property
    def last_seen(self) -> str:
        """The latest."""
        return max(d.last_seen for d in self.dossiers)

    @property
    def place(self) -> str:
        """`sw-1, port Gi1/0/7` as the last switch to speak has it; empty when none did."""
        told = [item for d in self.dossiers for item in d.switch.items()]
        last = {name: value for name, (_, value) in sorted(told, key=lambda item: item[1])}
        if not last.get("switch.port"):
            return ""
        number = last.get("switch.addresses", "1")
        is_shared = number.isdecimal() and number != "1"
        shared = f" (one of {number} addresses there)" if is_shared else ""
        return f"{last.get('switch.name', 'switch')}, port {last['switch.port']}{shared}"

    @property
    def gaps(self) -> tuple[str, ...]:
        """Essential questions without an answer, one sentence for each probe and way of failing."""
        ports: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        open_ports = self.open_ports
        for slot, status in self._unanswered():
            is_gap = status is not ProbeStatus.OUT_OF_SCOPE and slot.port in open_ports
            if slot.probe == "tcp" or is_gap:
                ports[slot.probe, status.value].append(slot.port)
        return tuple(
            f"{probe} ended as {status} on {_ports(sorted(numbers))}"
            for (probe, status), numbers in sorted(ports.items())
        )

    def _unanswered(self) -> Iterator[tuple[Slot, ProbeStatus]]:
        """Questions that the latest run to ask them had no answer to, at any of the addresses."""
        newer: list[Dossier] = []
        for run in sorted({d.run for d in self.dossiers}, reverse=True):
            same = [d for d in self.dossiers if d.run == run]
            told: dict[Slot, tuple[str, ProbeStatus]] = {}
            for slot, gap in (item for d in same for item in d.gaps.items()):
                told[slot] = max(gap, told.get(slot, gap))
            for slot, (_, status) in told.items():
                is_asked_since = any(slot in d.gaps or d.has_settled(slot) for d in newer)
                if not is_asked_since and not any(d.has_settled(slot) for d in same):
                    yield slot, status
            newer += same


def _told_last(names: Iterable[Mapping[str, str]]) -> str | None:
    told = [(at, name) for each in names for name, at in each.items()]
    latest = max((at for at, _ in told), default="")
    return min((name for at, name in told if at == latest), default=None)


def serial(dossier: Dossier) -> str:
    """The one serial number a dossier tells; empty when it tells none, or several.

    One that is the end of another is the same in short. A recorder tells those of its cameras.
    """
    claims = (c.asserted for c in dossier.claims if c.attribute == "serial")
    told = {text for said in claims if (text := identity.serial_text(said))}
    whole = [t for t in told if not any(o != t and o.endswith(t) for o in told)]
    return whole[0] if len(whole) == 1 else ""


def by_address(ip: str) -> tuple[int, int, str]:
    """IPv4, then IPv6, each by number; text that is no address last."""
    try:
        address = ip_address(ip)
    except ValueError:
        return 9, 0, ip
    return address.version, int(address), ip


def _order(dossier: Dossier) -> tuple[object, ...]:
    return dossier.run, by_address(dossier.ip), dossier.mac


def _ports(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:MAX_PORTS_SHOWN]))
    more = f" and {len(numbers) - MAX_PORTS_SHOWN} more" if len(numbers) > MAX_PORTS_SHOWN else ""
    return f"port{'s' if len(numbers) > 1 else ''} {shown}{more}"
