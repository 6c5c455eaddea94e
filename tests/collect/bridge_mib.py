"""BRIDGE-MIB and Q-BRIDGE-MIB of a real Linux bridge, as a `pass_persist` program of snmpd.

    pass_persist .1.3.6.1.2.1.17 python3 bridge_mib.py BRIDGE [qbridge]

Debian's snmpd has no bridge MIB of its own. This one answers from the kernel's forwarding table
(`bridge fdb`) in the shape of RFC 4188: dot1dBaseBridgeAddress, dot1dBasePortIfIndex,
dot1dTpFdbPort and dot1dTpFdbStatus; with `qbridge` the forwarding table is RFC 4363's instead,
under VLAN 1.
"""

import json
import subprocess
import sys
from pathlib import Path

BRIDGE = (1, 3, 6, 1, 2, 1, 17)
SELF, LEARNED = 4, 3
Oid = tuple[int, ...]
Value = tuple[str, str]


def table(name: str, *, qbridge: bool) -> dict[Oid, Value]:
    """Everything there is to tell just now."""
    folder = Path("/sys/class/net", name)
    address = (folder / "address").read_text().strip()
    found: dict[Oid, Value] = {(*BRIDGE, 1, 1, 0): ("octet", address.replace(":", " "))}
    ports = {}
    for port in (folder / "brif").iterdir():
        ports[port.name] = int((port / "port_no").read_text(), 16)
        number = Path("/sys/class/net", port.name, "ifindex").read_text().strip()
        found[*BRIDGE, 1, 4, 1, 2, ports[port.name]] = ("integer", number)
    entry = (*BRIDGE, 7, 1, 2, 2, 1) if qbridge else (*BRIDGE, 4, 3, 1)
    shown = subprocess.run(
        ["bridge", "-j", "fdb", "show", "br", name], capture_output=True, check=True
    )
    for row in json.loads(shown.stdout):
        if row["ifname"] not in ports or int(row["mac"][:2], 16) & 1:
            continue
        mac = tuple(int(octet, 16) for octet in row["mac"].split(":"))
        index = (1, *mac) if qbridge else mac
        status = SELF if row["state"] == "permanent" else LEARNED
        found[*entry, 2, *index] = ("integer", str(ports[row["ifname"]]))
        found[*entry, 3, *index] = ("integer", str(status))
    return found


def say(*lines: str) -> None:
    """Lines to snmpd."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def main(name: str, *options: str) -> None:
    """Answer `get` and `getnext` until snmpd lets go."""
    while command := sys.stdin.readline().strip():
        if command == "PING":
            say("PONG")
            continue
        asked = tuple(map(int, sys.stdin.readline().strip().lstrip(".").split(".")))
        told = table(name, qbridge="qbridge" in options)
        later = sorted(oid for oid in told if oid > asked)
        oid = asked if command == "get" else next(iter(later), asked)
        if oid in told and (command == "get" or later):
            say("." + ".".join(map(str, oid)), *told[oid])
        else:
            say("NONE")


if __name__ == "__main__":
    main(*sys.argv[1:])
