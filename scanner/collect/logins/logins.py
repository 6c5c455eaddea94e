"""Which of the operator's sets a host is asked with, and what became of it."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from scanner.collect import web
from scanner.collect.api import HostView, Outcome
from scanner.collect.device_service import service_of
from scanner.collect.logins import dahua, isapi, onvif
from scanner.collect.logins.permit import Permit
from scanner.collect.logins.session import Ended, Session
from scanner.collect.logins.told import Told
from scanner.collect.net import HostLink
from scanner.model import (
    Attempt,
    Channel,
    Credential,
    Observation,
    ProbeStatus,
    Record,
    WebLogin,
)

NAME = "login"
SETS = 2
"""Sets tried on one device in one scan: some lock after three wrong logins, some with a warning
that nobody sees."""


@dataclass(frozen=True, slots=True)
class _Set:
    entry: str
    login: WebLogin
    protocol: str
    port: int


class Logins:
    """All logins of one scan. Each set is tried once on each device, whatever addresses it has.

    `vendors_of` tells the identified maker and brand of an address; `record` writes evidence.
    """

    def __init__(
        self,
        credentials: Sequence[Credential],
        vendors_of: Callable[[str], Collection[str]],
        worker: onvif.Worker,
        record: Callable[[Record], None],
        now: Callable[[], str],
        earlier: Sequence[Attempt] = (),
    ) -> None:
        self._credentials = [c for c in credentials if isinstance(c.login, WebLogin)]
        self._vendors_of, self._record, self._now = vendors_of, record, now
        self._calls = onvif.Calls(worker)
        self._tried = {(a.device, a.entry) for a in earlier}
        self._earlier = {a.device for a in earlier} | {a.ip for a in earlier}

    def planned(self, host: HostView) -> int | None:
        """The port of the first login this host is due, None when it is due none."""
        return next((each.port for each in self._sets(host)), None)

    async def run(self, link: HostLink, host: HostView) -> Outcome:
        """Try the sets due in the operator's order until one is accepted; stop at any lock sign."""
        if {host.ip, _device(host)} & self._earlier:
            reason = "an earlier part of this run tried; nothing is tried twice"
            return Outcome(ProbeStatus.SKIPPED, reason=reason)
        if any(v.lower().startswith("t") for v in host.values("sadp.devicelock")):
            return Outcome(ProbeStatus.SKIPPED, reason="the device says over SADP it is locked")
        ended = Ended(ProbeStatus.SKIPPED, "nothing to log in to")
        for each in list(self._sets(host))[:SETS]:
            try:
                return self._outcome(host, each, await self._read(link, host, each))
            except Ended as end:
                ended = Ended(end.status, f"{each.entry}: {end.reason}", another=end.another)
            finally:
                link.permit = None
            if not ended.another:
                break
        return Outcome(ended.status, reason=ended.reason)

    def _sets(self, host: HostView) -> Iterator[_Set]:
        vendors = set(self._vendors_of(host.ip))
        for credential in self._credentials:
            login = credential.login
            if isinstance(login, WebLogin) and _is_for(credential, host, vendors):
                protocol, port = _protocol(host, login)
                if port is not None:
                    yield _Set(credential.entry, login, protocol, port)

    async def _read(self, link: HostLink, host: HostView, each: _Set) -> Told:
        permit = Permit(each.login, lambda: self._write_down(host, each))
        link.permit = permit
        if each.protocol == "onvif":
            service = service_of(host)
            if service is None:
                raise Ended(ProbeStatus.SKIPPED, "no ONVIF device service")
            return await onvif.read(link, service, permit, self._calls)
        where = web.origin(host, each.port)
        if each.protocol == "isapi":
            return await isapi.read(Session(link, where, permit, isapi.why_not), host)
        return await dahua.read(Session(link, where, permit, dahua.why_not), host)

    def _write_down(self, host: HostView, each: _Set) -> bool:
        """Note the attempt for good. False when this set was tried on this device."""
        device = _device(host)
        if (device, each.entry) in self._tried:
            return False
        self._tried.add((device, each.entry))
        self._record(Attempt(host.ip, device, each.entry, each.port, self._now()))
        return True

    def _outcome(self, host: HostView, each: _Set, told: Told) -> Outcome:
        """What was told; the channels are written before the count that vouches for them."""
        for slot in told.slots or ():
            seen = tuple(Observation(name, value) for name, value in slot.fields)
            self._record(
                Channel(
                    host.ip, slot.number, slot.state, slot.address, slot.inner, self._now(), seen
                )
            )
        counted = () if told.slots is None else (str(len(told.slots)),)
        observations = (
            *told.observations,
            Observation("login.protocol", each.protocol),
            *(Observation("recorder.channels", number) for number in counted),
        )
        return Outcome(ProbeStatus.OK, observations, "; ".join(told.missed) or None)


def _is_for(credential: Credential, host: HostView, vendors: set[str]) -> bool:
    """True when the operator named this host: by address, by hardware address or by vendor."""
    digits = (host.mac or "").replace(":", "")
    return (
        any(ip_address(host.ip) in network for network in credential.networks)
        or (bool(digits) and digits.startswith(credential.prefixes))
        or not vendors.isdisjoint(credential.vendors)
    )


def _protocol(host: HostView, login: WebLogin) -> tuple[str, int | None]:
    """How the host is asked with this login, and on which port."""
    port = _web_port(host, login)
    if not login.onvif_only and port is not None:
        if isapi.is_spoken(host):
            return "isapi", port
        if dahua.is_spoken(host):
            return "dahua", port
    service = service_of(host) if onvif.is_spoken(host) else None
    return "onvif", service.where.port if service else None


def _web_port(host: HostView, login: WebLogin) -> int | None:
    """The one web server that is asked; the one inside TLS where a password might be told."""
    spoke = [r.port for r in host.spoke("http") if r.port is not None]
    inside = [p for p in spoke if web.origin(host, p).tls] if login.basic == "tls" else []
    return next(iter((*sorted(inside), *web.web_ports(host))), None)


def _device(host: HostView) -> str:
    return host.mac or host.ip
