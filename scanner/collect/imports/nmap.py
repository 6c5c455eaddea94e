"""XML of nmap (-oX): open TCP ports, and what its scripts were told by the devices.

What nmap concludes (product, operating system, vendor of an address) is not evidence.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from scanner.collect.api import Import, Imported, Origin
from scanner.collect.tables import MAX_VALUE, Entry, WorkerImport, records, utc
from scanner.collect.wire import certificate
from scanner.model import Observation, ProbeResult, ProbeStatus

NAME = "nmap"

_SHOWN_TITLE = re.compile(r"\A(?!Site doesn't have a title|Did not follow redirect)([^\n]+)")
_NOT_FOLLOWED = re.compile(r"\ADid not follow redirect to (\S+)")
_HEADER = re.compile(r"^ *([A-Za-z-]+): (.*)$", re.MULTILINE)
_HEADERS = {
    "server": "http.server",
    "www-authenticate": "http.www_authenticate",
    "set-cookie": "http.set_cookie",
    "location": "http.location",
}
_FAVICON = re.compile(r"\AUnknown favicon MD5: ([0-9A-Fa-f]{32})")
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----([\sA-Za-z0-9+/=]+)-----END CERTIFICATE-----")
_UPNP = re.compile(r"^\s*(Server|Name|Manufacturer|Model Name): (.*)$", re.MULTILINE)
_UPNP_FIELDS = {
    "Server": "ssdp.server",
    "Name": "upnp.friendlyname",
    "Manufacturer": "upnp.manufacturer",
    "Model Name": "upnp.modelname",
}
_NETBIOS = re.compile(r"NetBIOS name: ([^,<>\n]+)")
_BANNERS = {21: "ftp.banner", 22: "ssh.banner", 23: "telnet.banner"}

Fields = Iterator[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Script:
    """What one script printed, and its structured elements under their dotted keys."""

    port: int | None
    output: str
    elements: tuple[tuple[str, str], ...]

    def values(self, key: str) -> tuple[str, ...]:
        """Texts of every element with the key."""
        return tuple(value for name, value in self.elements if name == key)


def _title(script: Script) -> Fields:
    """The title, whole where nmap kept it so, and a redirect that nmap did not follow."""
    shown, onward = _SHOWN_TITLE.match(script.output), _NOT_FOLLOWED.match(script.output)
    yield from (("http.title", title) for title in script.values("title") or _groups(shown))
    yield from (("http.location", target) for target in _groups(onward))


def _server(script: Script) -> Fields:
    yield from (("http.server", value) for value in script.values("") or (script.output,))


def _challenges(script: Script) -> Fields:
    """Scheme and realm, which is what nmap keeps in order of a header."""
    schemes, realms = script.values("scheme"), script.values("params.realm")
    for scheme, realm in zip(schemes, realms, strict=True) if len(schemes) == len(realms) else ():
        escaped = realm.replace("\\", "\\\\").replace('"', '\\"')
        yield "http.www_authenticate", f'{scheme} realm="{escaped}"'


def _headers(script: Script) -> Fields:
    for name, value in _HEADER.findall(script.output):
        if field := _HEADERS.get(name.lower()):
            yield field, value


def _favicon(script: Script) -> Fields:
    for digest in _groups(_FAVICON.match(script.output)):
        yield "http.favicon.md5", digest.lower()


def _certificate(script: Script) -> Fields:
    """Read from the certificate itself, which nmap keeps."""
    pem = _PEM.search("".join(script.values("pem")) or script.output)
    try:
        der = base64.b64decode(pem[1]) if pem else b""
    except binascii.Error:
        return
    if der:
        found = certificate.read(der)
        yield "tls.subject", found.subject
        yield "tls.issuer", found.issuer
        yield "tls.sha256", found.sha256


def _rtsp(script: Script) -> Fields:
    yield "rtsp.public", script.output


def _banner(script: Script) -> Fields:
    yield _BANNERS.get(script.port or 0, "tcp.banner"), script.output


def _upnp(script: Script) -> Fields:
    yield from ((_UPNP_FIELDS[name], value) for name, value in _UPNP.findall(script.output))


def _system(script: Script) -> Fields:
    yield "snmp.sysdescr", script.output.partition("\n  System uptime: ")[0]


def _netbios(script: Script) -> Fields:
    yield from (("netbios.name", name) for name in _groups(_NETBIOS.search(script.output)))


_SCRIPTS: dict[str, Callable[[Script], Fields]] = {
    "banner": _banner,
    "http-auth": _challenges,
    "http-favicon": _favicon,
    "http-headers": _headers,
    "http-server-header": _server,
    "http-title": _title,
    "nbstat": _netbios,
    "rtsp-methods": _rtsp,
    "snmp-sysdescr": _system,
    "ssl-cert": _certificate,
    "upnp-info": _upnp,
}


def _groups(match: re.Match[str] | None) -> tuple[str, ...]:
    return match.groups() if match else ()


def _read(line: Mapping[str, object]) -> Iterable[Imported]:
    match line:
        case {"origin": dict(origin)}:
            yield Origin(tuple(_settings(origin)))
        case {"ip": str(ip), "mac": str(mac), "hostname": str(hostname), "at": at}:
            yield from records(NAME, 0, Entry(ip, mac, hostname, _time(at)))
        case {"ip": str(ip), "accepts_all": True, "at": at}:
            yield _result(ip, NAME, None, at, [("tcp.accepts_all", "yes")])
        case {"ip": str(ip), "open": int(port), "at": at}:
            yield _result(ip, NAME, port, at, [("tcp.open", str(port))])
        case {"ip": str(ip), "script": str(name), "at": at} if name in _SCRIPTS:
            if said := list(_SCRIPTS[name](_script(line))):
                yield _result(ip, f"{NAME} {name}", _script(line).port, at, said)


def _settings(origin: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    yield "nmap_command", str(origin.get("args"))
    yield "nmap_version", str(origin.get("version"))
    yield "nmap_started", _time(origin.get("start")) or "unknown"


def _script(line: Mapping[str, object]) -> Script:
    port, elements = line.get("port"), line.get("elements")
    pairs = elements if isinstance(elements, list) else []
    return Script(
        port if isinstance(port, int) else None,
        str(line.get("output")).strip(),
        tuple((str(key), str(value)) for key, value in pairs),
    )


def _result(
    ip: str, probe: str, port: int | None, at: object, said: Iterable[tuple[str, str]]
) -> ProbeResult:
    observed = tuple(Observation(field, value[:MAX_VALUE]) for field, value in said if value)
    return ProbeResult(ip, probe, ProbeStatus.OK, port, started=_time(at), observations=observed)


def _time(seconds: object) -> str | None:
    return utc(str(seconds)) if seconds else None


IMPORT: Import = WorkerImport(NAME, "a scan by nmap, as XML (nmap -oX)", _read)
