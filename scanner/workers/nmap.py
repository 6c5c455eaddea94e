"""The XML that nmap writes (-oX), host by host. `python -m scanner.workers.nmap`.

SPDX-License-Identifier: GPL-3.0-or-later

This file uses python-nmap, which is GPL-3.0-or-later, and is under that licence itself. It is
reachable only as a child program and is the only code that may import python-nmap. nmap itself is
not needed and not started.

python-nmap keeps a whole file in memory several times over, and reads none that has no end. So the
file is cut into its `<host>` elements here, and each is handed over as a small file of its own,
without the DOCTYPE: entities are never defined.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import nmap

from scanner.collect.wire import address
from scanner.collect.wire.text import text
from scanner.workers.stdio import Job, Line, serve

MAX_HEAD = 64 * 1024
"""Bytes before the root element: a comment with the command line."""
MAX_HOST = 8 * 1024 * 1024
"""Bytes of one host; honest ones have less than a tenth of it."""
MAX_OUTPUT = 6 * 1024
"""Characters kept of one script's output."""
MAX_ELEMENTS = 12 * 1024
"""Characters kept of one script's elements in all; a certificate has about 2,000."""
MAX_DEPTH = 4
MAX_NAME = 128
"""Characters kept of a script's name or of an element's key."""
MAX_OPEN = 256
"""Open TCP ports of a host that may be believed."""
CHUNK = 64 * 1024

_RUN = re.compile(rb"<nmaprun\b[^<>]*>")
_ENTITIES = re.compile(rb"<!ENTITY|<!DOCTYPE[^>]*\[", re.IGNORECASE)
_HOST, _HOST_END = re.compile(rb"<host[\s>]"), b"</host>"
_FINISHED = re.compile(rb"<finished\b[^<>]*>")
_FAILED = b'exit="error"'
_WHOLE = "<nmaprun>%s<runstats><finished/><hosts/></runstats></nmaprun>"
_UNREADABLE = (nmap.PortScannerError, AttributeError, KeyError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Piece:
    """One host: the number of its first line, and its XML or why there is none."""

    line: int
    xml: str = ""
    why: str = ""


class Pieces:
    """The file as its head, its hosts, its tail; read once, in this order."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._left, self._line = b"", 1

    def head(self) -> Element:
        """The root element without what is in it. ValueError when this is not nmap's XML."""
        while not (run := _RUN.search(self._left)):
            if len(self._left) > MAX_HEAD or not self._more():
                raise ValueError("this is not nmap's XML (nmap -oX)")
        if _ENTITIES.search(self._left[: run.start()]):
            raise ValueError("it declares entities, which nmap never does")
        self._take(run.end())
        try:
            return ElementTree.fromstring(text(run[0].rstrip(b"/>")) + "/>")  # noqa: S314
        except ElementTree.ParseError as error:
            raise ValueError(f"the nmaprun element cannot be read: {error}") from error

    def hosts(self) -> Iterator[Piece]:
        """Each host, however its neighbours look."""
        while True:
            if host := _HOST.search(self._left):
                self._take(host.start())
                yield self._host()
                continue
            if not self._more():
                return
            self._take(max(0, len(self._left) - 2 * CHUNK))

    @property
    def finished(self) -> bool:
        """What stands behind the last host says that nmap came to the end."""
        end = _FINISHED.search(self._left)
        return end is not None and _FAILED not in end[0]

    def _host(self) -> Piece:
        searched = 0
        while (end := self._left.find(_HOST_END, searched)) == -1:
            searched = max(0, len(self._left) - len(_HOST_END))
            if len(self._left) > MAX_HOST:
                return Piece(self._take(searched)[0], why="a host of more than 8 MiB")
            if not self._more():
                return Piece(self._take(len(self._left))[0], why="the file ends within this host")
        line, data = self._take(end + len(_HOST_END))
        return Piece(line, text(data))

    def _more(self) -> bool:
        data = self._file.read(CHUNK)
        self._left += data
        return bool(data)

    def _take(self, size: int) -> tuple[int, bytes]:
        line, data = self._line, self._left[:size]
        self._left = self._left[size:]
        self._line += data.count(b"\n")
        return line, data


def read(job: Job) -> Iterator[list[Line]]:
    """`path` → what the file says of itself, of its hosts, and whether it is whole."""
    with Path(str(job.get("path"))).open("rb") as file:
        yield from _read(Pieces(file))


def _read(pieces: Pieces) -> Iterator[list[Line]]:
    run = pieces.head()
    yield [{"origin": {key: run.get(key, "")[:MAX_OUTPUT] for key in ("args", "version", "start")}}]
    for piece in pieces.hosts():
        yield [{"odd": piece.why, "line": piece.line}] if piece.why else host(piece)
    if not pieces.finished:
        remark = "nmap did not come to the end of this scan: later hosts are missing."
        yield [{"remark": remark, "partial": True}]


def host(piece: Piece) -> list[Line]:
    """The lines of one host: itself, its open TCP ports, the outputs of its scripts."""
    whole = _WHOLE % piece.xml
    try:
        scanned = nmap.PortScanner.__new__(nmap.PortScanner).analyse_nmap_xml_scan(whole)["scan"]
        structure = ElementTree.fromstring(whole)[0]  # noqa: S314 - no DTD, so no entities
        return [line for found in scanned.values() for line in _lines(found, structure)]
    except _UNREADABLE:
        return [{"odd": "a host that is not as nmap writes it", "line": piece.line}]


def _lines(found: Any, structure: Element) -> Iterator[Line]:
    addresses = found["addresses"]
    ip = address.ip(addresses.get("ipv4") or addresses.get("ipv6") or "")
    if ip is None:
        raise ValueError("no IP address")
    if not ip or found.get("status", {}).get("state", "up") != "up":
        return
    about: Line = {"ip": ip, "at": structure.get("endtime") or structure.get("starttime")}
    mac = address.mac(addresses.get("mac", "")) or ""
    hostname = next((name["name"] for name in found["hostnames"] if name["name"]), "")
    yield {**about, "mac": mac, "hostname": hostname}
    open_ports = [n for n, port in found.get("tcp", {}).items() if port["state"] == "open"]
    if len(open_ports) > MAX_OPEN:
        yield {**about, "accepts_all": True}
        return
    yield from ({**about, "open": number} for number in open_ports)
    for port in structure.iterfind("ports/port"):
        place = {**about, "port": int(port.get("portid", "")), "protocol": port.get("protocol")}
        yield from ({**place, **_script(script)} for script in port.iterfind("script"))
    for script in structure.iterfind("hostscript/script"):
        yield {**about, "port": None, **_script(script)}


def _script(script: Element) -> Line:
    """Name, output and elements; python-nmap knows no elements."""
    return {
        "script": script.get("id", "")[:MAX_NAME],
        "output": script.get("output", "")[:MAX_OUTPUT],
        "elements": list(_within(MAX_ELEMENTS, _elements(script))),
    }


def _elements(parent: Element, path: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Dotted key and text of each `elem`, also of those in tables."""
    for child in parent if depth < MAX_DEPTH else ():
        key = ".".join(filter(None, (path, child.get("key"))))
        if child.tag == "elem":
            yield key[:MAX_NAME], child.text or ""
        else:
            yield from _elements(child, key, depth + 1)


def _within(room: int, pairs: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The pairs as long as their characters fit."""
    for key, value in pairs:
        room -= len(key) + len(value) + 1
        if room < 0:
            return
        yield key, value


if __name__ == "__main__":
    serve({"read": read})
