"""Everything kept of one host while evidence streams by: claims and gaps, not texts."""

from collections import defaultdict
from collections.abc import Iterable

from scanner.assess.matcher import ADDRESS_BLOCK, MAC_FIELD, Matcher, mac_digits
from scanner.model import Evidence, Host, ProbeResult, ProbeStatus

MAX_CLAIMS = 500
"""Different claims kept of one host: far more than honest hardware gives rise to."""
MAX_NAMES = 32
"""Hardware addresses, host names and sources kept of one host."""
MAX_NAME = 255
"""Characters of each of them."""
MAX_PORTS_SHOWN = 24
COMPUTER_NAMES = frozenset({"netbios.name", "llmnr.name"})
"""Names for where nothing better names the host."""
SWITCH_FIELDS = frozenset({"switch.name", "switch.port", "switch.addresses"})
ONVIF_PROFILES = {
    f"onvif://www.onvif.org/Profile/{scope}": letter
    for scope, letter in {"Streaming": "S", "G": "G", "T": "T", "M": "M"}.items()
}
"""Scopes by which a device announces the profiles it has."""
ANSWERS = frozenset(
    {
        ProbeStatus.OK,
        ProbeStatus.REFUSED,
        ProbeStatus.CLOSED_EARLY,
        ProbeStatus.PROTOCOL_ERROR,
        ProbeStatus.TLS_ERROR,
    }
)
"""The host itself said something, if only no."""
SETTLES_A_PORT = frozenset({ProbeStatus.OK, ProbeStatus.REFUSED})
NOT_ESSENTIAL = frozenset({
    "greeting", "wsd", "sadp", "dhip", "dahua", "favicon", "isapi", "onvif", "netbios", "llmnr",
    "upnp", "login",
})  # fmt: skip
"""Questions whose usual answer is silence, or that follow up one that was answered: no gap."""

Slot = tuple[str, int | None]
"""(probe, port): one question."""


class Dossier:
    """One host; its records come in file order. A question asked twice counts as last answered."""

    __slots__ = (
        "_claims", "_gaps", "_matcher", "_switch", "accepts_all", "answered", "asked",
        "computer_names", "crowded", "first_seen", "hostnames", "ip", "last_seen", "macs",
        "onvif_profiles", "open_ports", "ports_asked", "results", "seen_by", "site",
    )  # fmt: skip

    def __init__(self, ip: str, site: str, matcher: Matcher) -> None:
        self.ip, self.site, self._matcher = ip, site, matcher
        self._claims: dict[tuple[str, str, str], Evidence] = {}
        self._gaps: dict[Slot, ProbeStatus] = {}
        self._switch: dict[str, str] = {}
        self.macs: dict[str, None] = {}
        self.hostnames: dict[str, None] = {}
        self.computer_names: dict[str, None] = {}
        self.seen_by: dict[str, None] = {}
        self.onvif_profiles: set[str] = set()
        self.open_ports: set[int] = set()
        self.ports_asked = self.results = 0
        self.accepts_all = self.answered = self.crowded = self.asked = False
        self.first_seen = self.last_seen = ""

    def add(self, record: Host | ProbeResult) -> None:
        """Take in what one line of evidence says."""
        if isinstance(record, Host):
            self._add_host(record)
        else:
            self._add_result(record)

    @property
    def claims(self) -> tuple[Evidence, ...]:
        """All that may be believed: of a host that accepts everything only its address block."""
        claims = tuple(self._claims.values())
        if self.accepts_all:
            return tuple(c for c in claims if c.family == ADDRESS_BLOCK)
        return claims

    @property
    def place(self) -> str:
        """`sw-1, port Gi1/0/7` as the last switch to speak has it; empty when none did."""
        port = self._switch.get("switch.port")
        if not port:
            return ""
        number = self._switch.get("switch.addresses", "1")
        is_shared = number.isdecimal() and number != "1"
        shared = f" (one of {number} addresses there)" if is_shared else ""
        return f"{self._switch.get('switch.name', 'switch')}, port {port}{shared}"

    @property
    def silent(self) -> bool:
        """True when questions were asked and the host answered none, not even with a refusal."""
        return self.results > 0 and not self.answered

    @property
    def gaps(self) -> tuple[str, ...]:
        """Essential questions without an answer, one sentence for each probe and way of failing."""
        ports: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for (probe, port), status in self._gaps.items():
            if probe == "tcp" or (port in self.open_ports and _is_gap(status)):
                ports[probe, status.value].append(port or 0)
        return tuple(
            f"{probe} ended as {status} on {_ports(sorted(numbers))}"
            for (probe, status), numbers in sorted(ports.items())
        )

    def _add_host(self, host: Host) -> None:
        self._seen(host.at)
        _keep(self.seen_by, host.seen_by)
        _keep(self.hostnames, [host.hostname] if host.hostname else [])
        if host.mac:
            self._add_mac(host.mac)
            self._claim(self._matcher.address(host.mac))

    def _add_result(self, result: ProbeResult) -> None:
        self.results += 1
        self.asked |= result.port is not None
        self.answered |= result.status in ANSWERS
        self._seen(result.started)
        self._note_gap(result)
        for seen in result.observations:
            if seen.field == MAC_FIELD:
                self._add_mac(seen.value)
            elif seen.field == "tcp.open":
                self._add_port(seen.value)
            elif seen.field in COMPUTER_NAMES:
                _keep(self.computer_names, [seen.value])
            elif seen.field in SWITCH_FIELDS:
                self._switch[seen.field] = seen.value[:MAX_NAME]
            elif seen.value in ONVIF_PROFILES:
                self.onvif_profiles.add(ONVIF_PROFILES[seen.value])
            elif seen.field == "tcp.accepts_all":
                self.accepts_all |= seen.value == "yes"
        self._claim(self._matcher.evidence(result))

    def _note_gap(self, result: ProbeResult) -> None:
        if result.port is None or result.probe in NOT_ESSENTIAL:
            return
        is_port = result.probe == "tcp"
        self.ports_asked += is_port
        if is_port and result.status is ProbeStatus.OK:
            self.open_ports.add(result.port)
        if result.status in (SETTLES_A_PORT if is_port else ANSWERS):
            self._gaps.pop((result.probe, result.port), None)
        else:
            self._gaps[result.probe, result.port] = result.status

    def _claim(self, evidence: Iterable[Evidence]) -> None:
        """Keep each claim once, with the observation of the lowest port."""
        for item in evidence:
            key = (item.rule, item.attribute, item.asserted)
            known = self._claims.get(key)
            if known is None and len(self._claims) >= MAX_CLAIMS:
                self.crowded = True
            elif known is None or _place(item) < _place(known):
                self._claims[self._matcher.keys.one(key)] = item

    def _add_mac(self, mac: str) -> None:
        digits = mac_digits(mac)
        if digits:
            _keep(self.macs, [":".join(digits[i : i + 2] for i in range(0, 12, 2))])

    def _add_port(self, text: str) -> None:
        if text.isascii() and text.isdecimal() and len(text) <= 5 and 0 < int(text) < 65536:
            self.open_ports.add(int(text))

    def _seen(self, at: str | None) -> None:
        if at:
            self.first_seen = min(self.first_seen or at, at)
            self.last_seen = max(self.last_seen, at)


def _is_gap(status: ProbeStatus) -> bool:
    return status is not ProbeStatus.OUT_OF_SCOPE


def _ports(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:MAX_PORTS_SHOWN]))
    more = f" and {len(numbers) - MAX_PORTS_SHOWN} more" if len(numbers) > MAX_PORTS_SHOWN else ""
    return f"port{'s' if len(numbers) > 1 else ''} {shown}{more}"


def _place(item: Evidence) -> tuple[int, str, str]:
    return item.port or 0, item.probe, item.value


def _keep(names: dict[str, None], new: Iterable[str]) -> None:
    for name in new:
        if len(names) < MAX_NAMES:
            names[name[:MAX_NAME]] = None
