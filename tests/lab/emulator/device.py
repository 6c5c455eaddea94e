"""Devices as data: `devices/<name>.yml`, one each, most of them with a `template`."""

import re
import ssl
import uuid
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from pathlib import Path
from typing import Any

import yaml

from .datagrams import Datagrams
from .errors import LabError
from .messages import DYNAMIC
from .payload import HERE, Payload, fill_in, names_in
from .services import SERVICES, Filtered, Service

_KEYS = {
    "template", "kind", "about", "truth", "mac", "host", "closed", "accepts_all",
    "values", "tcp", "udp", "frames",
}  # fmt: skip
_CLOSED = ("refuse", "drop", "silent")
_MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}")
_GROUP = re.compile(r"\(\?P<(\w+)>")
_PLACED = frozenset({"ip", "ip_hex", "network"})


@dataclass(frozen=True, slots=True)
class TcpPort:
    """A listening TCP port: the service, and the certificate (a file of the lab) when TLS."""

    service: Service
    certificate: str = ""
    oldest_tls_only: bool = False

    def context(self) -> ssl.SSLContext | None:
        """The server side of TLS, or None for plain TCP."""
        return _context(self.certificate, self.oldest_tls_only) if self.certificate else None


@dataclass(frozen=True, slots=True)
class Device:
    """One device.

    `truth` says what it is (maker, brand, class, model) and, where that is clear, the verdict a
    scan must come to. A scan may know less of the rest, never the contrary.
    """

    name: str
    kind: str
    about: str
    mac: str
    truth: Mapping[str, str] = field(default_factory=dict)
    host: int | None = None
    """Its number in the network; None takes the next free one."""
    closed: str = "refuse"
    """A closed TCP port: `refuse` (RST) or `drop`; `silent` answers nothing but ARP."""
    accepts_all: bool = False
    """Every TCP port completes the handshake and then says nothing."""
    values: Mapping[str, str] = field(default_factory=dict)
    tcp: Mapping[int, TcpPort] = field(default_factory=dict)
    udp: Mapping[int, Datagrams] = field(default_factory=dict)
    frames: Mapping[int, Payload] = field(default_factory=dict)
    """EtherType → what the device says in such frames unasked, to all."""

    def open_ports(self) -> list[tuple[int, TcpPort]]:
        """Ports on which something listens."""
        return [(n, p) for n, p in self.tcp.items() if not isinstance(p.service, Filtered)]

    def filtered_ports(self) -> list[int]:
        """Ports on which packets vanish."""
        return [n for n, p in self.tcp.items() if isinstance(p.service, Filtered)]

    def values_at(self, ip: str, network: IPv4Network) -> dict[str, str]:
        """All placeholders that do not change while the lab runs."""
        return _resolve(
            {
                **self.values,
                "ip": ip,
                "ip_hex": IPv4Address(ip).packed.hex(),
                "network": str(network),
            }
        )


def load(folder: Path) -> list[Device]:
    """Every device of a folder in name order. LabError names the file and the entry."""
    files = sorted(folder.glob("*.yml"))
    if not files:
        raise LabError(f"{folder}: no device files (*.yml) there")
    devices = [parse(path.stem, _read(path), path) for path in files]
    _refuse_twins(devices, "mac", (d.mac for d in devices))
    _refuse_twins(devices, "host", (d.host for d in devices if d.host is not None))
    return devices


def _refuse_twins(devices: list[Device], key: str, used: Iterable[object]) -> None:
    seen: set[object] = set()
    for value in used:
        if value in seen:
            names = ", ".join(d.name for d in devices if getattr(d, key) == value)
            raise LabError(f"{names}: the same {key} {value}")
        seen.add(value)


def parse(name: str, own: Mapping[str, Any], path: Path) -> Device:
    """A device from its data laid over its template."""
    data = _merged(own, path)
    try:
        if unknown := set(data) - _KEYS:
            raise LabError(f"unknown key {', '.join(sorted(unknown))}")
        mac = _checked("mac", str(data["mac"]), _MAC.fullmatch)
        values = {**_mac_values(mac), **_texts(data["values"])}
        _resolve({**values, **dict.fromkeys(_PLACED, "")})
        _include_routes(data["tcp"], path)
        _check_names(data, set(values))
        return Device(
            name=name,
            kind=data["kind"],
            about=data.get("about", ""),
            mac=mac,
            truth=_texts(data["truth"]),
            host=data.get("host"),
            closed=_checked("closed", data.get("closed", "refuse"), _CLOSED.__contains__),
            accepts_all=data.get("accepts_all", False),
            values=values,
            tcp={int(p): _tcp_port(p, item) for p, item in data["tcp"].items() if item},
            udp={int(p): _udp_port(p, item) for p, item in data["udp"].items() if item},
            frames={int(k): Payload.parse(says) for k, says in data["frames"].items()},
        )
    except KeyError as error:
        raise LabError(f"{path}: key {error} is missing") from error
    except (LabError, TypeError, ValueError, AttributeError) as error:
        raise LabError(f"{path}: {error}") from error


def _merged(own: Mapping[str, Any], path: Path) -> dict[str, Any]:
    if not isinstance(own, Mapping):
        raise LabError(f"{path}: not a mapping")
    base = _merged(_shared("templates", own["template"], path), path) if "template" in own else {}
    data = {**base, **own}
    for key in ("values", "tcp", "udp", "truth", "frames"):
        data[key] = {**base.get(key, {}), **own.get(key, {})}
    return data


def _shared(folder: str, name: str, path: Path) -> Any:
    file = HERE / folder / f"{name}.yml"
    if not file.is_file():
        raise LabError(f"{path}: no file {file.name} in {file.parent}")
    return _read(file)


@cache
def _read(path: Path) -> Any:
    try:
        data = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (OSError, yaml.YAMLError) as error:
        raise LabError(f"{path}: {error}") from error
    return data


def _texts(data: Mapping[str, object]) -> dict[str, str]:
    return {str(key): str(value) for key, value in data.items()}


def _checked(key: str, value: str, good: Callable[[str], object]) -> str:
    if not good(value):
        raise LabError(f"{key}: {value!r} is not possible")
    return value


def _mac_values(mac: str) -> dict[str, str]:
    """The address in all the ways devices write it; `link_local` is RFC 4291 appendix A."""
    octets = bytes.fromhex(mac.replace(":", ""))
    identifier = bytes([octets[0] ^ 2]) + octets[1:3] + b"\xff\xfe" + octets[3:]
    own = str(uuid.uuid5(uuid.NAMESPACE_OID, mac))
    return {
        "mac": mac,
        "mac_upper": mac.upper(),
        "mac_dash": mac.replace(":", "-"),
        "mac_plain": octets.hex(),
        "mac_plain_upper": octets.hex().upper(),
        "link_local": str(IPv6Address(b"\xfe\x80" + bytes(6) + identifier)),
        "uuid": own,
        "uuid_head": own[:13],
    }


def _resolve(values: dict[str, str]) -> dict[str, str]:
    """Values may use other values; each round fills one level."""
    for _ in range(5):
        values = {key: fill_in(text, values) for key, text in values.items()}
    return values


def _include_routes(ports: dict[int, Any], path: Path) -> None:
    """Append the shared routes that a port names with `include`."""
    for number, item in ports.items():
        if isinstance(item, dict) and "include" in item:
            routes = list(item.get("routes", []))
            for name in item["include"]:
                routes += _shared("routes", name, path)
            rest = {key: value for key, value in item.items() if key != "include"}
            ports[number] = {**rest, "routes": routes}


def _check_names(data: Mapping[str, Any], known: set[str]) -> None:
    served = {key: data[key] for key in ("tcp", "udp", "frames")}
    groups = set(_GROUP.findall(str(served["udp"])))
    if unknown := names_in(served) - known - groups - DYNAMIC - _PLACED:
        raise LabError(f"nothing fills {', '.join(sorted(unknown))}")


def _tcp_port(port: object, item: object) -> TcpPort:
    data = {"service": item} if isinstance(item, str) else _options(port, item)
    kind = data.pop("service", "")
    if kind not in SERVICES:
        raise LabError(f"tcp {port}: service {kind!r} is none of {', '.join(SERVICES)}")
    certificate = data.pop("tls", "")
    if certificate and not _certificate(certificate).is_file():
        raise LabError(f"tcp {port}: no certificate {certificate!r} in {HERE / 'certificates'}")
    oldest = bool(data.pop("oldest_tls_only", False))
    try:
        return TcpPort(SERVICES[kind](**data), certificate, oldest)
    except (TypeError, LabError) as error:
        raise LabError(f"tcp {port}: {error}") from error


def _udp_port(port: object, item: object) -> Datagrams:
    try:
        return Datagrams.parse(**_options(port, item))
    except (TypeError, KeyError, re.error, LabError) as error:
        raise LabError(f"udp {port}: {error}") from error


def _options(port: object, item: object) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise LabError(f"port {port}: not a mapping")
    return dict(item)


def _certificate(name: str) -> Path:
    return HERE / "certificates" / f"{name}.pem"


@cache
def _context(certificate: str, oldest_only: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")  # so that weak certificates load, as on old devices
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        if oldest_only:
            context.maximum_version = ssl.TLSVersion.TLSv1
    context.load_cert_chain(_certificate(certificate))
    return context
