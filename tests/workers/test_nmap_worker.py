"""The worker that reads nmap's XML: host by host, whole or interrupted, hostile or honest."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.workers import nmap as worker

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="file:///usr/bin/../share/nmap/nmap.xsl" type="text/xsl"?>
<!-- Nmap 7.93 scan initiated Mon Nov 23 10:00:00 2026 as: nmap -oX out.xml 192.0.2.0/24 -->
<nmaprun scanner="nmap" args="nmap -oX out.xml 192.0.2.0/24" start="1795428000" version="7.93"
 startstr="Mon Nov 23 10:00:00 2026" xmloutputversion="1.05">
<scaninfo type="syn" protocol="tcp" numservices="2" services="80,554"/>
<hosthint><status state="up" reason="arp-response" reason_ttl="0"/>
<address addr="192.0.2.10" addrtype="ipv4"/><hostnames></hostnames></hosthint>
"""
CAMERA = """<host starttime="1795428000" endtime="1795428005">
<status state="up" reason="arp-response"/>
<address addr="192.0.2.10" addrtype="ipv4"/>
<address addr="44:19:B6:00:00:01" addrtype="mac" vendor="Some Vendor"/>
<hostnames><hostname name="cam-lobby.example.net" type="PTR"/></hostnames>
<ports><port protocol="tcp" portid="23"><state state="closed" reason="reset"/></port>
<port protocol="tcp" portid="80"><state state="open" reason="syn-ack" reason_ttl="64"/>
<service name="http" product="Some httpd" method="probed" conf="10"/>
<script id="http-title" output="Lobby..."><elem key="title">Lobby and hall</elem>
</script><script id="http-auth" output="&#xa;HTTP/1.1 401&#xa;  Digest realm=IP Camera"><table>
<table key="params"><elem key="realm">IP Camera(C0001)</elem></table>
<elem key="scheme">Digest</elem></table></script></port>
<port protocol="tcp" portid="554"><state state="filtered" reason="no-response"/></port>
<port protocol="udp" portid="161"><state state="open" reason="udp-response" reason_ttl="64"/>
<script id="snmp-sysdescr" output="Network Camera&#xa;  System uptime: 1 day"/></port>
</ports>
<hostscript><script id="nbstat" output="NetBIOS name: CAM, NetBIOS user: &lt;unknown&gt;"/>
</hostscript></host>
"""
DOWN = """<host><status state="down" reason="no-response" reason_ttl="0"/>
<address addr="192.0.2.11" addrtype="ipv4"/></host>
"""
QUIET = """<host endtime="1795428006"><status state="up" reason="echo-reply" reason_ttl="63"/>
<address addr="2001:db8::12" addrtype="ipv6"/><hostnames></hostnames></host>
"""
END = """<runstats><finished time="1795428010" timestr="Mon Nov 23 10:00:10 2026" elapsed="10.00"
 summary="Nmap done" exit="success"/><hosts up="2" down="254" total="256"/>
</runstats>
</nmaprun>
"""
WHOLE = HEAD + CAMERA + DOWN + QUIET + END
CUT = {
    "remark": "nmap did not come to the end of this scan: later hosts are missing.",
    "partial": True,
}
Lines = list[dict[str, object]]


def read(folder: Path, text: str | bytes) -> Lines:
    file = folder / "scan.xml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    batches = worker.read({"path": str(file)})
    return [json.loads(json.dumps(line)) for batch in batches for line in batch]


def test_a_whole_scan(tmp_path: Path) -> None:
    about = {"ip": "192.0.2.10", "at": "1795428005"}
    web, snmp = {**about, "port": 80, "protocol": "tcp"}, {**about, "port": 161, "protocol": "udp"}
    realm = [["params.realm", "IP Camera(C0001)"], ["scheme", "Digest"]]

    origin, host, port, title, auth, system, name, quiet = read(tmp_path, WHOLE)
    assert origin == {
        "origin": {
            "args": "nmap -oX out.xml 192.0.2.0/24",
            "version": "7.93",
            "start": "1795428000",
        }
    }
    assert host == {**about, "mac": "44:19:b6:00:00:01", "hostname": "cam-lobby.example.net"}
    assert port == {**about, "open": 80}
    titles = [["title", "Lobby and hall"]]
    assert title == {**web, "script": "http-title", "output": "Lobby...", "elements": titles}
    assert auth["elements"] == realm
    assert {**snmp, "script": "snmp-sysdescr"}.items() <= system.items()
    assert {"port": None, "script": "nbstat"}.items() <= name.items()
    assert quiet == {"ip": "2001:db8::12", "at": "1795428006", "mac": "", "hostname": ""}


@pytest.mark.parametrize("end", ["", "</host>\n", CAMERA[:300]])
def test_an_interrupted_scan_keeps_its_hosts(end: str, tmp_path: Path) -> None:
    lines = read(tmp_path, HEAD + CAMERA + end)

    assert lines[1]["hostname"] == "cam-lobby.example.net"
    assert lines[-1] == CUT
    torn = [line["line"] for line in lines if line.get("odd") == "the file ends within this host"]
    assert torn == ([1 + (HEAD + CAMERA).count("\n")] if end == CAMERA[:300] else [])


def test_a_scan_that_failed_is_cut_short(tmp_path: Path) -> None:
    failed = END.replace('exit="success"', 'exit="error" errormsg="Target.cc: out of memory"')
    assert read(tmp_path, HEAD + CAMERA + failed)[-1] == CUT


def test_a_file_of_masscan(tmp_path: Path) -> None:
    text = """<?xml version="1.0"?>
<!-- masscan v1.0 scan -->
<nmaprun scanner="masscan" start="1795428000" version="1.0-BETA"  xmloutputversion="1.03">
<scaninfo type="syn" protocol="tcp" />
<host endtime="1795428001"><address addr="192.0.2.10" addrtype="ipv4"/><ports><port protocol="tcp"
 portid="80"><state state="open" reason="syn-ack" reason_ttl="64"/></port></ports></host>
<runstats><finished time="1795428010" timestr="2026-11-23 10:00:10" elapsed="12" />
<hosts up="1" down="0" total="1" /></runstats></nmaprun>"""
    _, host, port = read(tmp_path, text)
    assert (host["ip"], port["open"]) == ("192.0.2.10", 80)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE nmaprun [<!ENTITY a "lol">]>',
        '<!DOCTYPE nmaprun [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE nmaprun [\n<!ENTITY % d SYSTEM "http://192.0.2.1/x"> %d;]>',
        "<!doctype nmaprun [<!element a any>]>",
    ],
)
def test_declared_entities_are_refused(doctype: str, tmp_path: Path) -> None:
    hostile = WHOLE.replace("<!DOCTYPE nmaprun>", doctype).replace("Lobby and", "&a; and")
    with pytest.raises(ValueError, match="declares entities"):
        read(tmp_path, hostile)


def test_entities_of_one_host_harm_no_other(tmp_path: Path) -> None:
    hostile = QUIET.replace("<hostnames>", '<!DOCTYPE a [<!ENTITY a "x">]><hostnames>&a;')
    lines = read(tmp_path, HEAD + hostile + CAMERA + END)

    assert lines[1] == {"odd": "a host that is not as nmap writes it", "line": 10}
    assert lines[2]["ip"] == "192.0.2.10"


@pytest.mark.parametrize(
    "odd",
    [
        "<host></host>",
        "<host><address addr='x' addrtype='ipv4'/></host>",
        "<host><address addr='44:19:B6:00:00:01' addrtype='mac'/></host>",
        QUIET.replace("</hostnames>", "<ports><port portid='x'/></ports></hostnames>"),
        QUIET.replace("<hostnames>", "<hostnames>\x01"),
        QUIET.replace(
            "</hostnames>", "</hostnames><ports><port protocol='tcp' portid='1'/></ports>"
        ),
    ],
)
def test_a_host_that_cannot_be_read_is_named(odd: str, tmp_path: Path) -> None:
    lines = read(tmp_path, HEAD + odd + CAMERA + END)
    names = [line.get("odd") for line in lines]
    assert lines[-1]["script"] == "nbstat"
    assert ("a host that is not as nmap writes it" in names) or lines[1]["ip"] == "2001:db8::12"


@pytest.mark.parametrize(
    "text", ["", "<html>", "not xml", "<nmaprun", '<nmaprun a="&b;">', "x" * 70_000]
)
def test_what_is_not_nmaps_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"nmap's XML|nmaprun"):
        read(tmp_path, text)


def test_a_host_that_opens_every_port_is_not_believed(tmp_path: Path) -> None:
    port = '<port protocol="tcp" portid="%d"><state state="open"/></port>'
    ports = "".join(port % n for n in range(1, worker.MAX_OPEN + 2))
    lines = read(
        tmp_path, HEAD + QUIET.replace("</hostnames>", f"</hostnames><ports>{ports}</ports>") + END
    )
    assert lines[2] == {"ip": "2001:db8::12", "at": "1795428006", "accepts_all": True}
    assert len(lines) == 3


def test_a_host_without_end_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "MAX_HOST", 200_000)
    endless = QUIET.replace("</host>", "<x>" * 100_000)
    lines = read(tmp_path, HEAD + endless + CAMERA + END)

    assert lines[1]["odd"] == "a host of more than 8 MiB"
    assert lines[2]["ip"] == "192.0.2.10"


def test_outputs_stay_short(tmp_path: Path) -> None:
    wide = "\U0001f4f7" * 40_000
    hostile = CAMERA.replace("Lobby...", wide).replace("Lobby and hall", wide)
    lines = read(tmp_path, HEAD + hostile + END)
    assert max(len(json.dumps(line)) for line in lines) < 256 * 1024
    assert len(lines) == 7


def test_lines_are_counted_over_many_hosts(tmp_path: Path) -> None:
    lines = read(tmp_path, HEAD + QUIET * 2000 + "<host>\n</host>\n" + END)
    assert len([line for line in lines if "mac" in line]) == 2000
    assert lines[-1] == {"odd": "a host that is not as nmap writes it", "line": 10 + 2 * 2000}


@given(st.integers(0, len(WHOLE)), st.text(max_size=6), st.integers(0, 6))
def test_damaged_files_are_read(
    tmp_path_factory: pytest.TempPathFactory, at: int, damage: str, lost: int
) -> None:
    try:
        lines = read(tmp_path_factory.getbasetemp(), WHOLE[:at] + damage + WHOLE[at + lost :])
    except ValueError:
        return
    assert all(line.keys() & {"origin", "ip", "odd", "remark"} for line in lines)
