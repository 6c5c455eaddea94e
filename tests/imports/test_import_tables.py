"""Tables of neighbours and leases as the tools write them, and lines that are none."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import importing
from scanner.collect.api import Imported, OddLine, Remark
from scanner.collect.tables import MAX_LEASES, LineImport
from scanner.collect.wire import address
from scanner.importing import GivenFile
from scanner.model import Host, ProbeResult
from tests.imports.given import SAMPLES, Texts, hosts, macs, odd, read, remarks, said, sample

LOBBY, HALL, GATEWAY = "192.0.2.10", "192.0.2.12", "192.0.2.1"
CAMERAS = {LOBBY: "44:19:b6:00:00:01", HALL: "3c:ef:8c:00:00:02"}
TEXT_FORMATS = {f.name: f.read for f in importing.formats() if isinstance(f, LineImport)}


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("arp", "arp-linux.txt"),
        ("arp", "arp-linux-table.txt"),
        ("arp", "arp-macos.txt"),
        ("arp", "arp-freebsd.txt"),
        ("arp", "arp-openbsd.txt"),
        ("arp", "arp-windows.txt"),
        ("arp", "arp-windows-german.txt"),
        ("neigh", "neigh.txt"),
        ("show-arp", "show-arp-ios.txt"),
        ("show-arp", "show-arp-nxos.txt"),
        ("show-arp", "show-arp-iosxr.txt"),
        ("show-arp", "show-arp-asa.txt"),
        ("show-arp", "show-arp-junos.txt"),
        ("show-arp", "show-arp-junos-no-resolve.txt"),
        ("dhcpd", "dhcpd.leases"),
        ("kea", "kea-leases4.csv"),
        ("dnsmasq", "dnsmasq.leases"),
        ("windows-dhcp", "windows-dhcp.csv"),
        ("netdisco", "netdisco-ipinventory.csv"),
        ("netdisco", "netdisco-ports.csv"),
        ("netdisco", "netdisco-node.csv"),
        ("csv", "own.csv"),
    ],
)
def test_both_cameras_are_found_and_no_line_is_odd(name: str, file: str) -> None:
    items = sample(name, file)

    assert odd(items) == []
    found = macs(items)
    others = {GATEWAY, "192.0.2.14", "fe80::4619:b6ff:fe00:1", "2001:db8::10", "2001:db8::11"}
    assert found.keys() - others == CAMERAS.keys()
    assert {ip: mac for ip, mac in found.items() if ip in CAMERAS} == CAMERAS
    assert all(host.seen_by == (name,) for host in hosts(items).values())


def test_every_sample_is_read_by_a_test() -> None:
    tested = Path(__file__).read_text()
    assert all(f'"{path.name}"' in tested for path in SAMPLES.iterdir())


def test_names_of_arp_tables() -> None:
    assert hosts(sample("arp", "arp-linux.txt"))[LOBBY].hostname == "cam-lobby.example.net"
    assert hosts(sample("arp", "arp-linux.txt"))[HALL].hostname is None
    assert hosts(sample("arp", "arp-macos.txt"))[HALL].hostname == "cam2.example.net"


def test_ipv6_neighbours() -> None:
    found = macs(sample("neigh", "neigh.txt"))
    assert found["fe80::4619:b6ff:fe00:1"] == found["2001:db8::10"] == CAMERAS[LOBBY]


def test_junos_says_where_a_device_is_plugged_in() -> None:
    items = sample("show-arp", "show-arp-junos.txt")

    assert said(items, LOBBY) == {"switch.name": "ex-hall", "switch.port": "ge-0/0/5.0"}
    assert hosts(items)[LOBBY].hostname is None
    assert hosts(items)[HALL].hostname == "cam2.example.net"
    plain = sample("show-arp", "show-arp-junos-no-resolve.txt")
    assert hosts(plain)[LOBBY].hostname is None
    assert said(plain, LOBBY) == {}
    assert said(plain, HALL) == {"switch.port": "ge-0/0/6.0"}


def test_cisco_names_no_port() -> None:
    assert said(sample("show-arp", "show-arp-ios.txt"), LOBBY) == {}


def test_dhcpd_the_last_lease_counts() -> None:
    items = sample("dhcpd", "dhcpd.leases")

    assert hosts(items)[LOBBY].at == "2026-11-20T09:30:00Z"
    assert said(items, LOBBY) == {"dhcp.hostname": 'Cam "{lobby}" é'}
    assert hosts(items)[HALL].at == "2026-11-19T10:00:00Z"
    assert said(items, HALL) == {
        "dhcp.hostname": "AMC000B0_CE1428",
        "dhcp.vendor_class": "AXIS,Network Camera,M1065-L",
    }
    assert remarks(items) == ["Addresses without an active lease, left out: 1."]


def test_dhcpd_a_lease_that_is_free_again_is_no_host() -> None:
    lease = "lease 192.0.2.10 {{\n binding state {};\n hardware ethernet 44:19:b6:00:00:01;\n}}\n"
    states = [line for state in ("active", "free") for line in lease.format(state).splitlines()]
    items = read("dhcpd", Texts(tuple(states)))
    assert hosts(items) == {}
    assert remarks(items) == ["Addresses without an active lease, left out: 1."]


def test_dhcpd_a_torn_lease_says_that_the_file_is_cut() -> None:
    whole = (SAMPLES / "dhcpd.leases").read_text()
    items = read("dhcpd", Texts(tuple(whole[: whole.index("AXIS")].splitlines())))

    assert Remark("The lease of line 33 has no end.", partial=True) in items
    assert macs(items) == {LOBBY: CAMERAS[LOBBY]}


def test_dhcpd_leases_of_ipv6_are_named() -> None:
    lines = ('ia-na "x" {', "  iaaddr 2001:db8::10 {", "    binding state active;", "  }", "}")
    assert [o.line for o in odd(read("dhcpd", Texts(lines)))] == [1]


def test_kea_the_last_row_counts() -> None:
    items = sample("kea", "kea-leases4.csv")

    assert said(items, LOBBY) == {"dhcp.hostname": "cam, lobby"}
    assert hosts(items)[LOBBY].at == "2026-11-20T09:00:00Z"
    assert said(items, HALL) == {"dhcp.hostname": "cam2.example.net"}
    assert remarks(items) == ["Addresses without an active lease, left out: 2."]


def test_kea_leases_of_ipv6() -> None:
    assert macs(sample("kea", "kea-leases6.csv")) == {"2001:db8::10": CAMERAS[LOBBY]}


def test_dnsmasq_leases_of_ipv6_have_no_hardware_address() -> None:
    items = sample("dnsmasq", "dnsmasq.leases")

    assert macs(items)["2001:db8::10"] is None
    assert said(items, "2001:db8::10") == {"dhcp.hostname": "cam-lobby"}
    assert hosts(items)[HALL].hostname is None


def test_windows_a_client_id_is_not_always_an_address() -> None:
    items = sample("windows-dhcp", "windows-dhcp.csv")

    assert macs(items)["192.0.2.14"] is None
    assert said(items, LOBBY) == {"dhcp.hostname": "cam-lobby.example.net"}
    assert hosts(items)[HALL].hostname == 'Cam "2"'
    assert remarks(items) == ["Addresses without an active lease, left out: 1."]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16-le", "utf-16-be"])
def test_windows_files_in_the_encodings_of_windows(encoding: str, tmp_path: Path) -> None:
    mark = "" if encoding == "utf-8-sig" else "\ufeff"
    text = mark + (SAMPLES / "windows-dhcp.csv").read_text().replace("\n", "\r\n")
    file = tmp_path / "leases.csv"
    file.write_bytes(text.encode(encoding))
    assert macs(read("windows-dhcp", GivenFile.at(str(file))))[HALL] == CAMERAS[HALL]


def test_netdisco_says_switch_and_port() -> None:
    nodes = sample("netdisco", "netdisco-node.csv")

    assert said(nodes, LOBBY) == {"switch.name": "192.0.2.2", "switch.port": "Gi1/0/5"}
    assert remarks(nodes) == ["Archived nodes, left out: 1."]
    ports = sample("netdisco", "netdisco-ports.csv")
    assert said(ports, HALL) == {"switch.port": "Gi1/0/6"}
    assert remarks(ports) == [
        "Archived nodes, left out: 1.",
        "Nodes without an IP address in the file, left out: 1.",
    ]
    inventory = sample("netdisco", "netdisco-ipinventory.csv")
    assert said(inventory, HALL) == {"netbios.name": "CAM2"}


def test_own_csv() -> None:
    items = sample("csv", "own.csv")

    assert hosts(items)[LOBBY].at == "2026-11-20T08:30:00Z"
    assert said(items, LOBBY) == {
        "switch.name": "sw-hall",
        "switch.port": "Gi1/0/5",
        "onvif.model": "DS-2CD0000",
    }
    assert said(items, HALL) == {"dhcp.vendor_class": "AXIS,Network Camera,M1065-L"}


ODD: list[tuple[str, list[str], int, str]] = [
    ("arp", ["? (192.0.2.10) at somewhere on eth0"], 1, "no IPv4 with a hardware address"),
    ("neigh", ["192.0.2.10 dev eth0"], 1, "lladdr"),
    ("neigh", ["", "cam dev eth0 lladdr 44:19:b6:00:00:01 STALE"], 2, "'cam' is not an IP"),
    ("neigh", ["192.0.2.10 lladdr zz STALE"], 1, "'zz' is not a hardware address"),
    ("show-arp", ["Internet  192.0.2.10  12  4419.b600  ARPA"], 1, "no IPv4 with a hardware"),
    ("dhcpd", ["lease cam {", "}"], 1, "'cam' is not an IP address"),
    ("kea", ["addr,hw", "192.0.2.10,x"], 1, "is a header with 'address'"),
    ("kea", ["address,hwaddr", "192.0.2.10,44:19"], 2, "'44:19' is not a hardware address"),
    ("dnsmasq", ["some words"], 1, "not a lease: 'some words'"),
    ("dnsmasq", ["0 44:19:b6:00:00:01 cam.example * *"], 1, "'cam.example' is not an IP"),
    ("windows-dhcp", ["Nothing here"], 1, "is a header with 'ipaddress'"),
    ("netdisco", ["MAC,IP", "44:19:b6:00:00:01,lobby"], 2, "'lobby' is not an IP address"),
    ("csv", ["name", "lobby"], 1, "is a header with 'ip'"),
    ("csv", ["ip,at", "192.0.2.10,yesterday"], 2, "'yesterday' is no time with a time zone"),
    ("csv", ["ip,at", "192.0.2.10,2026-11-20 10:00"], 2, "is no time with a time zone"),
    ("csv", ["ip,mac", "192.0.2.10,00:00:00:00:00:00"], 2, "is no single device's"),
    ("csv", ["ip", '"' + "x" * 200_000], 2, "field larger than field limit"),
]


@pytest.mark.parametrize(("name", "lines", "number", "reason"), ODD)
def test_odd_lines_are_named_and_the_rest_is_read(
    name: str, lines: list[str], number: int, reason: str
) -> None:
    (found,) = odd(read(name, Texts(tuple(lines))))
    assert found.line == number
    assert reason in found.reason


def test_a_hardware_address_that_cannot_be_read_does_not_hide_the_host() -> None:
    items = read("kea", Texts(("address,hwaddr,hostname", "192.0.2.10,44:19,cam")))
    assert macs(items) == {LOBBY: None}
    assert said(items, LOBBY) == {"dhcp.hostname": "cam"}


def test_reading_goes_on_behind_a_stray_quote() -> None:
    lines = ("ip,hostname", '192.0.2.10,"x', "y" * 200_000, "192.0.2.12,cam")
    items = read("csv", Texts(lines))
    assert hosts(items).keys() == {HALL}
    assert len(odd(items)) == 1


def test_values_are_bounded() -> None:
    long = "x" * 5000
    items = read("csv", Texts(("ip,hostname,http.server", f"192.0.2.10,{long},{long}")))
    assert len(str(hosts(items)[LOBBY].hostname)) == 255
    assert len(said(items, LOBBY)["http.server"]) == 1024


def test_a_lease_file_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_LEASES >= 65_536
    monkeypatch.setattr("scanner.collect.tables.MAX_LEASES", 2)
    rows = [f"192.0.2.{n},02:00:5e:10:00:{n:02x},1" for n in range(1, 5)]
    items = read("kea", Texts(("address,hwaddr,valid_lifetime", *rows)))
    assert len(hosts(items)) == 2
    assert [o.line for o in odd(items)] == [4, 5]


def check(items: Iterable[Imported]) -> None:
    for item in items:
        assert isinstance(item, Host | ProbeResult | OddLine | Remark)
        if isinstance(item, Host):
            assert address.ip(item.ip) == item.ip
            assert item.mac is None or address.mac(item.mac) == item.mac
        if isinstance(item, ProbeResult):
            assert item.observations
            assert all(o.value for o in item.observations)


words = st.sampled_from(
    [
        "192.0.2.10", "44:19:b6:00:00:01", "4419.b600.0001", "lladdr", "lease", "{", "}", "duid",
        "0", "incomplete", "(192.0.2.10)", "at", "ip", "address", "ipaddress", "mac", ",", ";", '"',
        "hardware ethernet", "client-hostname", '"\\377";', "cltt epoch 99999999999999;", "fe80::1",
        "starts 4 2026/11/19 10:00:00;", "2026-13-01T00:00:00Z", "1795168800", "*", "show arp", "#",
        "0001-01-01T00:00:00+14:00",
    ]
)  # fmt: skip
lines = st.text() | st.lists(words | st.text(max_size=5)).map(" ".join)


@pytest.mark.parametrize("name", TEXT_FORMATS)
@given(st.data())
def test_any_lines_are_read(name: str, data: st.DataObject) -> None:
    header = st.sampled_from(["", "ip,mac,at", "address,hwaddr,expire,valid_lifetime", "mac;ip"])
    texts = (data.draw(header), *data.draw(st.lists(lines, max_size=8)))
    check(TEXT_FORMATS[name](texts))


@pytest.mark.parametrize("path", sorted(SAMPLES.iterdir()), ids=lambda p: p.name)
@given(st.data())
def test_damaged_samples_are_read(path: Path, data: st.DataObject) -> None:
    text = path.read_text()
    at = data.draw(st.integers(0, len(text)))
    damaged = text[:at] + data.draw(st.text(max_size=3)) + text[at + data.draw(st.integers(0, 9)) :]
    for parse in TEXT_FORMATS.values():
        check(parse(damaged.splitlines()))
