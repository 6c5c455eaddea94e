"""What the outputs of nmap's scripts say of a device, and what they do not."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.api import Imported, OddLine, Origin, Remark
from scanner.collect.imports.nmap import IMPORT
from scanner.collect.tables import WorkerImport
from scanner.collect.wire import certificate
from scanner.model import Host, Observation, ProbeResult, ProbeStatus
from tests.imports.given import Texts, read, said

IP, AT = "192.0.2.10", "1795428005"
CERTIFICATES = Path(__file__).parents[1] / "lab" / "certificates"
PEM = "-----BEGIN CERTIFICATE-----" + (
    (CERTIFICATES / "hikvision-hz.pem").read_text().split("-----BEGIN CERTIFICATE-----")[1]
).split("-----END")[0] + "-----END CERTIFICATE-----"  # fmt: skip


def script(name: str, output: str = "", *elements: tuple[str, str], port: int = 80) -> Texts:
    line = {"ip": IP, "at": AT, "port": port, "protocol": "tcp", "script": name, "output": output}
    return Texts(said=({**line, "elements": elements},))


def values(name: str, output: str = "", *elements: tuple[str, str], port: int = 80) -> list[str]:
    """`field=value` of everything the script's output says."""
    items = read("nmap", script(name, output, *elements, port=port))
    results = (item for item in items if isinstance(item, ProbeResult))
    return [f"{o.field}={o.value}" for result in results for o in result.observations]


def test_a_host_and_its_ports() -> None:
    lines = (
        {"origin": {"args": "nmap -oX x", "version": "7.93", "start": "1795428000"}},
        {"ip": IP, "at": AT, "mac": "44:19:b6:00:00:01", "hostname": "cam.example.net"},
        {"ip": IP, "at": AT, "open": 554},
    )
    at = "2026-11-23T10:00:05Z"
    origin = (
        ("nmap_command", "nmap -oX x"),
        ("nmap_version", "7.93"),
        ("nmap_started", "2026-11-23T10:00:00Z"),
    )
    assert read("nmap", Texts(said=lines)) == [
        Origin(origin),
        Host(IP, "44:19:b6:00:00:01", ("nmap",), at, "cam.example.net"),
        ProbeResult(
            IP, "nmap", ProbeStatus.OK, 554, started=at,
            observations=(Observation("tcp.open", "554"),),
        ),
    ]  # fmt: skip


def test_a_host_that_opens_every_port() -> None:
    (item,) = read("nmap", Texts(said=({"ip": IP, "at": AT, "accepts_all": True},)))
    assert said([item], IP) == {"tcp.accepts_all": "yes"}


def test_each_script_is_a_probe_of_its_own() -> None:
    (item,) = read("nmap", script("rtsp-methods", "OPTIONS, DESCRIBE", port=554))
    assert isinstance(item, ProbeResult)
    assert (item.probe, item.port) == ("nmap rtsp-methods", 554)


@pytest.mark.parametrize(
    ("name", "output", "elements", "expected"),
    [
        ("http-title", "Lobby...", [("title", "Lobby & hall")], ["http.title=Lobby & hall"]),
        ("http-title", "Lobby", [], ["http.title=Lobby"]),
        ("http-title", "Site doesn't have a title (text/html).", [], []),
        (
            "http-title",
            "Did not follow redirect to http://192.0.2.10/doc/page/login.asp",
            [("redirect_url", "http://192.0.2.10/doc/page/login.asp")],
            ["http.location=http://192.0.2.10/doc/page/login.asp"],
        ),
        ("http-server-header", "App-webs/", [("", "App-webs/")], ["http.server=App-webs/"]),
        ("http-server-header", "\n  A\n  B", [("", "A"), ("", "B")],
         ["http.server=A", "http.server=B"]),
        (
            "http-headers",
            "\n  Server: App-webs/\n  Date: Mon\n  WWW-Authenticate: Basic realm=\"a\"\n"
            "  Set-Cookie: a=b\n  \n  (Request type: HEAD)\n",
            [],
            ['http.server=App-webs/', 'http.www_authenticate=Basic realm="a"',
             "http.set_cookie=a=b"],
        ),
        (
            "http-auth",
            "\nHTTP/1.1 401 Unauthorized\r\n  Digest nonce=x realm=IP Camera(C0001)",
            [("params.nonce", "x"), ("params.realm", 'IP "Camera"'), ("scheme", "Digest")],
            ['http.www_authenticate=Digest realm="IP \\"Camera\\""'],
        ),
        ("http-auth", "x", [("scheme", "Basic")], []),
        ("http-favicon", "Unknown favicon MD5: 0123456789ABCDEF0123456789ABCDEF", [],
         ["http.favicon.md5=0123456789abcdef0123456789abcdef"]),
        ("http-favicon", "Apache on Fedora", [], []),
        ("snmp-sysdescr", "Network Camera\n  System uptime: 1 day", [],
         ["snmp.sysdescr=Network Camera"]),
        ("nbstat", "NetBIOS name: CAM, NetBIOS user: <unknown>", [], ["netbios.name=CAM"]),
        ("nbstat", "NetBIOS name: <unknown>", [], []),
        (
            "upnp-info",
            "\n192.0.2.10\n    Server: Linux, UPnP/1.0, Private Upnp SDK\n    Location: x\n"
            "      Name: Cam\n      Manufacturer: Maker\n      Model Name: M-1\n",
            [],
            ["ssdp.server=Linux, UPnP/1.0, Private Upnp SDK", "upnp.friendlyname=Cam",
             "upnp.manufacturer=Maker", "upnp.modelname=M-1"],
        ),
        ("ssl-cert", "Subject: commonName=x", [], []),
        ("ssl-cert", "", [("pem", "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----")],
         []),
        ("vulners", "CVE-0000-0000", [], []),
    ],
)  # fmt: skip
def test_outputs_and_what_they_say(
    name: str, output: str, elements: list[tuple[str, str]], expected: list[str]
) -> None:
    assert values(name, output, *elements) == expected


@pytest.mark.parametrize(
    ("port", "field"), [(21, "ftp"), (22, "ssh"), (23, "telnet"), (34567, "tcp")]
)
def test_banners_belong_to_their_port(port: int, field: str) -> None:
    assert values("banner", "220 ready", port=port) == [f"{field}.banner=220 ready"]


@pytest.mark.parametrize("elements", [(("pem", PEM),), ()])
def test_a_certificate_is_read_itself(elements: tuple[tuple[str, str], ...]) -> None:
    found = certificate.read(base64.b64decode(PEM.split("-----")[2]))
    assert found.subject
    assert values("ssl-cert", "" if elements else f"Subject: x\n{PEM}", *elements) == [
        f"tls.subject={found.subject}",
        f"tls.issuer={found.issuer}",
        f"tls.sha256={found.sha256}",
    ]


def test_conclusions_of_nmap_are_no_evidence() -> None:
    items = read("nmap", Texts(said=({"ip": IP, "at": AT, "port": 80, "product": "Hikvision"},)))
    assert items == []


keys = st.sampled_from(["ip", "at", "port", "script", "output", "elements", "open", "origin", "mac",
                        "hostname", "odd", "line", "remark", "accepts_all"])  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 99999) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


element_keys = st.sampled_from(["title", "scheme", "params.realm", "pem", ""])
scripts = st.sampled_from(
    [
        "http-title", "http-auth", "http-headers", "ssl-cert", "upnp-info", "nbstat",
        "snmp-sysdescr", "http-favicon",
    ]
)  # fmt: skip


@given(st.text(), st.lists(st.tuples(element_keys, st.text())), scripts)
def test_any_output_is_read(output: str, elements: list[tuple[str, str]], name: str) -> None:
    assert isinstance(IMPORT, WorkerImport)
    (line,) = script(name, output, *elements).said
    for item in IMPORT.read(json.loads(json.dumps(line))):
        assert isinstance(item, ProbeResult)
        assert all(o.value and len(o.value) <= 1024 for o in item.observations)


@given(st.dictionaries(keys, json_values))
def test_any_line_is_read(line: dict[str, object]) -> None:
    assert isinstance(IMPORT, WorkerImport)
    items: list[Imported] = list(IMPORT.read(line))
    assert all(isinstance(i, Host | ProbeResult | Origin | OddLine | Remark) for i in items)
