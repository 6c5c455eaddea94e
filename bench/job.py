"""The whole job on the practice LAN of 200 hosts: who made the 40 cameras? Report included.

Ours with default settings and pace; nmap's service scan on the same ports, as it comes and -T4.
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml import ElementTree

from bench.contest import Contestant, Row, Shot, contest
from bench.office import PORT_LIST, cameras, office, priced
from bench.process import run
from tests.lab.client import Lab

MAKERS = {"hikvision": re.compile(r"hik ?vision", re.I), "dahua": re.compile(r"dahua", re.I)}
"""How nmap's texts name the makers of the practice LAN's cameras."""


def rows() -> Iterator[Row]:
    """nmap once with each timing: it takes minutes."""
    with office() as lab, tempfile.TemporaryDirectory(prefix="camcensus-bench-") as name:
        folder = Path(name)
        contestants = [
            Contestant("camcensus scan -o html=… -o json=…", lambda: ours(lab, folder), 5),
            Contestant("nmap -sV --version-light", lambda: nmap(lab, folder)),
            Contestant("nmap -sV --version-light -T4", lambda: nmap(lab, folder, "-T4")),
        ]
        yield from contest("Whole job, 200 hosts, 18 ports", contestants)


def ours(lab: Lab, folder: Path) -> Shot:
    """Makers as the report names them; exit code 1 says that some are listed."""
    report = folder / "report.json"
    outputs = ["-o", f"json={report}", "-o", f"html={folder / 'report.html'}"]
    evidence = ["--evidence", str(folder / "evidence.jsonl")]
    command = [sys.executable, "-m", "scanner", "scan", lab.network, *outputs, *evidence]
    environment = {**lab.environment(), "HOME": str(folder)}

    def shoot() -> Shot:
        done = run(lab.command(command), environment=environment, good=(1,))
        devices = json.loads(report.read_bytes())["devices"]
        named = {d["ip"]: d["maker"]["id"] for d in devices if d["maker"]}
        return Shot(done.seconds, _score(lab, named))

    return priced(lab, shoot)


def nmap(lab: Lab, folder: Path, *options: str) -> Shot:
    """Makers as the services name them, and as the address blocks do."""
    report = folder / "nmap.xml"
    service_scan = ["nmap", "-n", "-sV", "--version-light", *options, "-p", PORT_LIST]

    def shoot() -> Shot:
        done = run(lab.command([*service_scan, "-oX", str(report), lab.network]))
        hosts = list(ElementTree.fromstring(report.read_bytes()).iter("host"))
        said = dict(_named(host, "service") for host in hosts)
        owned = dict(_named(host, "address") for host in hosts)
        by_block = f"{_right(lab, owned)} by address block"
        return Shot(done.seconds, f"{_score(lab, said)} by service, {by_block}")

    return priced(lab, shoot)


def _named(host: Element, tag: str) -> tuple[str, str]:
    """Address of a host, and the maker that the elements of this name mention."""
    address = next(a.get("addr", "") for a in host.iter("address") if a.get("addrtype") == "ipv4")
    texts = " ".join(value for e in host.iter(tag) for value in e.attrib.values())
    return address, next((maker for maker, name in MAKERS.items() if name.search(texts)), "")


def _right(lab: Lab, named: Mapping[str, str]) -> int:
    return sum(named.get(ip) == camera.truth["maker"] for ip, camera in cameras(lab).items())


def _score(lab: Lab, named: Mapping[str, str]) -> str:
    every = cameras(lab)
    wrong = sum(maker in MAKERS and ip not in every for ip, maker in named.items())
    false = f", {wrong} false" if wrong else ""
    return f"{_right(lab, named)} of {len(every)} makers{false}"
