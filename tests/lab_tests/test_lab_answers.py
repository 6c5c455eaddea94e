"""Each device of the practice LAN is really there and answers as its kind answers."""

import json
import re
import sys
from collections import Counter

import pytest
from cryptography import x509

from tests.lab.client import Lab
from tests.lab_tests.visits import GROUP, PROBE, Task, get, probe, rtsp, visit

pytestmark = pytest.mark.lab

NUDGE = """
import json, socket, sys, time
addresses = set(json.loads(sys.argv[1]))
for ip in addresses:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"", (ip, 9))
until, rows = time.monotonic() + 10, {}
while set(rows) < addresses and time.monotonic() < until:
    table = [line.split() for line in open("/proc/net/arp")][1:]
    rows = {row[0]: row[3] for row in table if row[2] != "0x0"}
print(json.dumps(rows))
"""


def test_it_has_the_promised_variety(lab: Lab) -> None:
    makers = Counter(device.truth.get("maker") for device in lab.devices.values())
    kinds = Counter(device.kind for device in lab.devices.values())
    others = {
        device.name
        for device in lab.devices.values()
        if device.truth.get("verdict") == "not-listed"
    }
    assert len(lab.devices) >= 55
    assert makers["hikvision"] >= 14
    assert makers["dahua"] >= 10
    assert len(others) >= 8
    assert kinds["hostile"] >= 14
    assert {"printer", "nas", "router", "switch", "pc", "phone"} <= set(kinds)


@pytest.mark.parametrize("user", [None, "nobody"])
def test_the_kernel_resolves_every_address_to_its_own_mac(lab: Lab, user: str | None) -> None:
    addresses = json.dumps([device.ip for device in lab.devices.values()])
    done = lab.run([sys.executable, "-c", NUDGE, addresses], user=user)
    assert json.loads(done.stdout) == {d.ip: d.mac for d in lab.devices.values()}


def test_the_scanner_sees_only_the_lab(lab: Lab) -> None:
    links = lab.run(["sh", "-c", "ls /sys/class/net; cat /proc/net/route | wc -l"]).stdout.split()
    assert links[:2] == ["eth0", "lo"]
    assert lab.environment()["CAMCENSUS_LAB_NETWORK"] == lab.network


def test_nobody_has_no_privilege_in_the_lab(lab: Lab) -> None:
    script = "import os, socket; print(os.geteuid()); socket.socket(socket.AF_PACKET)"
    done = lab.run([sys.executable, "-c", script], user="nobody")
    assert done.stdout.strip() != "0"
    assert "PermissionError" in done.stderr


def test_http_heads_come_as_written(lab: Lab) -> None:
    old, app, new, dahua = visit(
        lab,
        get(lab, "hik-ds-2cd2032-i"),
        get(lab, "hik-ds-2cd2142fwd-i", path="/ISAPI/System/deviceInfo"),
        get(lab, "hik-ds-2cd2146g2-isu", path="/ISAPI/System/deviceInfo"),
        get(lab, "dahua-ipc-hdw5421s"),
    )
    ip = lab.devices["hik-ds-2cd2032-i"].ip
    assert f"Server: App-webs/\r\nLocation: http://{ip}/doc/page/login.asp\r\n".encode() in old.data
    assert b'realm="IP Camera(C4417)"' in app.data
    assert b"<lockStatus>unlock</lockStatus>" in app.data
    assert new.data.count(b'WWW-Authenticate: Digest qop="auth", realm="DS-6E392E44"') == 2
    head = dahua.data.split(b"\r\n\r\n")[0].split(b"\r\n")
    assert head[1:3] == [b"CONNECTION: close", b"P3P: CP=CAO PSA OUR"]


def test_an_unactivated_unit_says_so(lab: Lab) -> None:
    answers = visit(
        lab,
        get(lab, "hik-ds-2cd1043g0-i-new", path="/SDK/activateStatus"),
        get(lab, "hik-ds-2cd2142fwd-i", path="/SDK/activateStatus"),
    )
    states = [re.findall(b"<Activated>(.*?)<", answer.data) for answer in answers]
    assert states == [[b"false"], [b"true"]]


def test_dahua_shows_its_serial_or_a_hash_in_the_realm(lab: Lab) -> None:
    path = "/cgi-bin/magicBox.cgi?action=getSystemInfo"
    old, new = visit(
        lab,
        get(lab, "dahua-ipc-hfw4431m", path=path),
        get(lab, "dahua-ipc-hfw2849s", path=path),
    )
    assert old.data.startswith(b"HTTP/1.1 401 ")
    assert b'realm="Login to 3H04C2EPAG1B22F"' in old.data
    assert re.search(b'realm="Login to [0-9a-f]{32}"', new.data)


def test_several_requests_share_a_connection(lab: Lab) -> None:
    ip = lab.devices["hik-ds-2cd2142fwd-i"].ip
    request = f"GET /favicon.ico HTTP/1.1\r\nHost: {ip}\r\n\r\n".encode()
    mark = lab.mark()
    (answer,) = visit(lab, Task(ip, 80, request * 3, seconds=0.5))
    assert answer.data.count(b"HTTP/1.1 200 OK\r\n") == 3
    assert len(lab.journal(mark)) == 1


def test_rtsp_challenges_differ_by_maker(lab: Lab) -> None:
    options, describe, dahua, tiandy = visit(
        lab,
        rtsp(lab, "hik-ds-2cd2142fwd-i", "OPTIONS"),
        rtsp(lab, "hik-ds-2cd2142fwd-i", "DESCRIBE"),
        rtsp(lab, "dahua-ipc-hdw5421s", "OPTIONS"),
        rtsp(lab, "tiandy-tc-c32ts", "OPTIONS"),
    )
    assert options.data.startswith(b"RTSP/1.0 200 OK\r\nCSeq: 7\r\nPublic: OPTIONS, DESCRIBE, PLAY")
    assert b"Server:" not in options.data
    assert b'realm="IP Camera(C4417)"' in describe.data
    assert dahua.data.startswith(b"RTSP/1.0 401 Unauthorized\r\nServer: Dahua Rtsp Server\r\n")
    assert b"Server: Tiandy RTSP Server" in tiandy.data


def test_certificates_carry_the_documented_names(lab: Lab) -> None:
    hik, dahua, old = visit(
        lab,
        get(lab, "hik-ds-2cd2142fwd-i", 443, tls=True),
        get(lab, "dahua-ipc-hfw2849s", 443, tls=True),
        get(lab, "hik-ds-7316hi-old-tls", 443, tls=True),
    )
    subject = x509.load_der_x509_certificate(hik.certificate).subject.rfc4514_string()
    issuer = x509.load_der_x509_certificate(dahua.certificate).issuer.rfc4514_string()
    assert subject == "CN=www.hikvision.com,OU=DVRNVR,O=HIKVISION,L=HangZhou,ST=ZheJiang,C=CN"
    assert issuer == "CN=Product Root CA,O=DahuaTech,L=HangZhou,ST=ZheJiang,C=CN"
    assert old.version == "TLSv1"
    assert b"Server: DVRDVS-Webs" in old.data


def test_ports_that_speak_first_and_ports_that_never_do(lab: Lab) -> None:
    old, quiet = lab.devices["hik-ds-2cd2432f-iw"].ip, lab.devices["hik-ds-2cd2320d-i"].ip
    telnet, greeting, silent = visit(
        lab,
        Task(old, 23, limit=18),
        Task(old, 8000, limit=16),
        Task(quiet, 8000, seconds=0.3),
    )
    assert telnet.data == b"192.0.0.64 login: "
    assert greeting.data.hex() == "000000100000001e0000001e00000000"
    assert silent.data == b""
    assert silent.error == "TimeoutError"


def test_discovery_reaches_cameras_by_multicast_and_by_unicast(lab: Lab) -> None:
    camera = lab.devices["hik-ds-2cd2142fwd-i"]
    everybody, one = visit(
        lab,
        Task(GROUP, 3702, PROBE, kind="udp", limit=10_000_000),
        probe(lab, "hik-ds-2cd2142fwd-i"),
    )
    expected = {device.ip for device in lab.devices.values() if 3702 in device.udp}
    assert {peer for peer, _ in everybody.replies} == expected
    text = one.data.decode()
    assert f"-11b3-819e-{camera.mac.replace(':', '')}<" in text
    assert "onvif://www.onvif.org/name/HIKVISION%20DS-2CD2142FWD-I" in text
    assert "<wsadis:RelatesTo>uuid:6c1e7a42-0000-4000-8000-00000000c0de<" in text


def test_hikvision_refuses_a_probe_broken_into_lines(lab: Lab) -> None:
    (answer,) = visit(
        lab,
        Task(
            lab.devices["hik-ds-2cd2142fwd-i"].ip,
            3702,
            PROBE.replace(b"><", b">\n<"),
            kind="udp",
            limit=1,
        ),
    )
    assert b"MatchingRuleNotSupported" in answer.data


def test_onvif_answers_without_a_login_only_what_it_may(lab: Lab) -> None:
    ip = lab.devices["dahua-ipc-hfw4431m"].ip
    head = f"POST /onvif/device_service HTTP/1.1\r\nHost: {ip}\r\nContent-Length: 40\r\n\r\n"
    services, information = visit(
        lab,
        Task(ip, 80, head.encode() + b"<GetServices/>".ljust(40)),
        Task(ip, 80, head.encode() + b"<GetDeviceInformation/>".ljust(40)),
    )
    assert b"/onvif/media_service</tds:XAddr>" in services.data
    assert b"NotAuthorized" in information.data


def test_closed_filtered_and_dropping_ports_differ(lab: Lab) -> None:
    closed = lab.devices["hik-closed-camera"].ip
    filtered = lab.devices["dahua-asi-terminal"].ip
    dropping = lab.devices["office-pc-firewalled"].ip
    answers = visit(
        lab,
        Task(closed, 80, seconds=0.4),
        Task(filtered, 80, seconds=0.4),
        Task(filtered, 81, seconds=0.4),
        Task(dropping, 80, seconds=0.4),
    )
    assert [answer.error for answer in answers] == [
        "ConnectionRefusedError",
        "TimeoutError",
        "ConnectionRefusedError",
        "TimeoutError",
    ]
