"""What devices say without being asked: their address by ARP, frames of their own, datagrams."""

import socket
import struct
from collections.abc import Sequence

from .datagrams import UdpPort
from .lan import Lan, Seat

_EVERYBODY = b"\xff" * 6
_ARP = 0x0806
_ARP_FORM = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1)


class Announcer:
    """All devices of a LAN; where there are no cables, only their datagrams."""

    def __init__(self, lan: Lan, ports: Sequence[UdpPort]) -> None:
        self._lan, self._ports = lan, ports
        self._wires = {seat.ip: wire for seat in lan.seats if (wire := lan.wire(seat))}

    def announce(self) -> None:
        """Everything once."""
        for port in self._ports:
            port.announce()
        for seat in self._lan.seats:
            if wire := self._wires.get(seat.ip):
                self._speak(wire, seat)

    def close(self) -> None:
        """Nothing more will be said."""
        for wire in self._wires.values():
            wire.close()

    def _speak(self, wire: socket.socket, seat: Seat) -> None:
        mac, own = bytes.fromhex(seat.device.mac.replace(":", "")), socket.inet_aton(seat.ip)
        values = seat.device.values_at(seat.ip, self._lan.network)
        frames = [(_ARP, _ARP_FORM + mac + own + bytes(6) + own)]
        frames += [(kind, says.render(values)) for kind, says in seat.device.frames.items()]
        for kind, body in frames:
            wire.send(_EVERYBODY + mac + struct.pack("!H", kind) + body)
