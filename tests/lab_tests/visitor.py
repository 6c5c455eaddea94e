"""A program that visits devices from inside a lab: JSON tasks in, JSON answers out.

Each task is one conversation: connect (or send a datagram), send, read until time or size is up.
"""

import base64
import json
import socket
import ssl
import sys
import time
from typing import Any


def main() -> None:
    """Do the tasks of standard input in order."""
    answers = [visit(task) for task in json.load(sys.stdin)]
    sys.stdout.write(json.dumps(answers))


def visit(task: dict[str, Any]) -> dict[str, Any]:
    """The answer to one task; never raises for what a peer does."""
    answer: dict[str, Any] = {"error": None, "replies": [], "certificate": ""}
    try:
        (_datagrams if task["kind"] == "udp" else _stream)(task, answer)
    except OSError as error:
        answer["error"] = type(error).__name__
    return answer


def _stream(task: dict[str, Any], answer: dict[str, Any]) -> None:
    with socket.create_connection((task["ip"], task["port"]), task["seconds"]) as plain:
        sock = _context().wrap_socket(plain) if task.get("tls") else plain
        if isinstance(sock, ssl.SSLSocket):
            der = sock.getpeercert(binary_form=True) or b""
            answer["certificate"] = base64.b64encode(der).decode()
            answer["version"] = sock.version()
        data, size = bytearray(), 0
        try:
            sock.sendall(base64.b64decode(task["send"]))
            until = time.monotonic() + task["seconds"]
            while size < task["limit"] and (left := until - time.monotonic()) > 0:
                sock.settimeout(left)
                more = sock.recv(65536)
                if not more:
                    break
                size += len(more)
                data += more[: task["keep"] - len(data)]
        finally:
            answer["size"] = size
            answer["replies"] = [["", base64.b64encode(data).decode()]]


def _datagrams(task: dict[str, Any], answer: dict[str, Any]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.sendto(base64.b64decode(task["send"]), (task["ip"], task["port"]))
        until = time.monotonic() + task["seconds"]
        size = 0
        while size < task["limit"] and (left := until - time.monotonic()) > 0:
            sock.settimeout(left)
            try:
                data, peer = sock.recvfrom(65535)
            except TimeoutError:
                return
            size += len(data)
            answer["replies"].append([peer[0], base64.b64encode(data).decode()])


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


if __name__ == "__main__":
    main()
