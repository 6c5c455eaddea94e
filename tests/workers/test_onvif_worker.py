"""The ONVIF codec as a child program: what it builds and reads, and what it never does."""

import json
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.wire import onvif
from scanner.workers import onvif as worker
from scanner.workers.stdio import Job, Line

SOAP = "http://www.w3.org/2003/05/soap-envelope"
TDS = "http://www.onvif.org/ver10/device/wsdl"
TT = "http://www.onvif.org/ver10/schema"


def envelope(inside: str, head: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<env:Envelope xmlns:env="{SOAP}"'
        f' xmlns:tds="{TDS}" xmlns:tt="{TT}"><env:Body>{inside}</env:Body></env:Envelope>'
    ).encode()


DEVICE = envelope(
    "<tds:GetDeviceInformationResponse><tds:Manufacturer>HIKVISION</tds:Manufacturer>"
    "<tds:Model>DS-2CD2385G1-I</tds:Model><tds:FirmwareVersion>V5.6.2</tds:FirmwareVersion>"
    "<tds:SerialNumber>DS-2CD2385G1-I20200414AAWRE00000000</tds:SerialNumber>"
    "<tds:HardwareId>88</tds:HardwareId></tds:GetDeviceInformationResponse>"
)
INTERFACES = envelope(
    '<tds:GetNetworkInterfacesResponse><tds:NetworkInterfaces token="eth0"><tt:Enabled>true'
    "</tt:Enabled><tt:Info><tt:Name>eth0</tt:Name><tt:HwAddress>58-03-FB-00-00-01</tt:HwAddress>"
    "</tt:Info></tds:NetworkInterfaces></tds:GetNetworkInterfacesResponse>"
)


def lines(job: Job) -> list[Line]:
    do = {"build": worker.build, "read": worker.read}[str(job["do"])]
    return [line for batch in do(job) for line in batch]


def replies(**bodies: bytes) -> Job:
    return {"do": "read", "replies": {k: b64encode(v).decode() for k, v in bodies.items()}}


def test_the_calls_are_plain_envelopes_without_a_header() -> None:
    built = lines({"do": "build", "calls": list(onvif.READS)})
    assert [line["call"] for line in built] == list(onvif.READS)
    for line in built:
        message = str(line["message"]).encode("ascii")
        assert b"Header" not in message
        assert f"{line['call']} xmlns".encode() in message


def test_what_a_device_says_of_itself_is_read() -> None:
    told = lines(replies(GetDeviceInformation=DEVICE, GetNetworkInterfaces=INTERFACES))
    assert [(line["field"], line["value"]) for line in told] == [
        ("onvif.manufacturer", "HIKVISION"),
        ("onvif.model", "DS-2CD2385G1-I"),
        ("onvif.firmware", "V5.6.2"),
        ("onvif.serial", "DS-2CD2385G1-I20200414AAWRE00000000"),
        ("onvif.hardware", "88"),
        ("mac.address", "58:03:fb:00:00:01"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        envelope("<tds:Other/>"),
        envelope("<tds:GetDeviceInformationResponse/>", '<!DOCTYPE a [<!ENTITY b "c">]>'),
        envelope("<env:Fault><env:Reason><env:Text>no</env:Text></env:Reason></env:Fault>"),
    ],
)
def test_an_answer_that_is_none_is_trouble(body: bytes) -> None:
    (line,) = lines(replies(GetDeviceInformation=body))
    assert "GetDeviceInformation: " in str(line["trouble"])


codec = worker.Codec()


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_no_answer_raises(noise: bytes) -> None:
    for body in (noise, envelope(noise.decode("latin-1")), DEVICE[:-60] + noise):
        for call in onvif.READS:
            for line in worker._lines(codec, call, b64encode(body).decode()):
                assert "trouble" in line or "field" in line


@pytest.mark.parametrize(
    "job", [{"do": "build", "calls": ["SystemReboot"]}, {"do": "read", "replies": {"Set": ""}}]
)
def test_it_knows_the_two_reads_only(job: Job) -> None:
    with pytest.raises(ValueError, match="GetDeviceInformation"):
        lines(job)


def test_as_a_child_it_sends_nothing_and_leaves_no_file(tmp_path: Path) -> None:
    job = json.dumps({"do": "build", "calls": ["GetDeviceInformation"]})
    trap = (
        "import sys, runpy\n"
        "def hook(event, args):\n"
        "    if event in ('socket.connect', 'socket.sendto', 'socket.getaddrinfo'):\n"
        "        sys.stderr.write(event)\n"
        "sys.addaudithook(hook)\n"
        "runpy.run_module('scanner.workers.onvif', run_name='__main__')\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", trap],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(worker.__file__).parents[2],
        env={"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")},
    ) as child:
        assert child.stdin
        assert child.stdout
        child.stdin.write(job + "\n")
        child.stdin.flush()
        line = json.loads(child.stdout.readline())
        said = child.communicate()[1]
    assert line["call"] == "GetDeviceInformation"
    assert said == ""
    assert list(tmp_path.rglob("*")) == []
