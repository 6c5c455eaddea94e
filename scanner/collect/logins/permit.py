"""The operator's leave to log in to one host with one set: what may leave, and how often.

The last look at every byte of a login, beside `never_send`, which lets none pass. The requests
are written out here and not taken from the codecs: the guard trusts nobody it guards.
"""

import re
from base64 import b64encode
from collections.abc import Callable
from xml.etree.ElementTree import Element

from scanner.collect import never_send
from scanner.model import WebLogin

GETS = frozenset({
    b"/ISAPI/System/deviceInfo",
    b"/ISAPI/ContentMgmt/InputProxy/channels",
    b"/ISAPI/ContentMgmt/InputProxy/channels/status",
    b"/cgi-bin/magicBox.cgi?action=getSystemInfo",
    b"/cgi-bin/magicBox.cgi?action=getVendor",
    b"/cgi-bin/magicBox.cgi?action=getSoftwareVersion",
    b"/cgi-bin/configManager.cgi?action=getConfig&name=RemoteDevice",
    b"/cgi-bin/LogicDeviceManager.cgi?action=getCameraAll",
})  # fmt: skip
CALLS = frozenset({"GetSystemDateAndTime", "GetDeviceInformation", "GetNetworkInterfaces"})
"""ONVIF device service; the last two are of the class READ_SYSTEM of ONVIF Core 5.9."""
HEADER = b"authorization"

_DIGEST = re.compile(
    r'Digest username="([^"\\]+)", realm="[^"\\]*", nonce="[^"\\]+", uri="([^"\\]+)",'
    r' response="(?:[0-9a-f]{32}|[0-9a-f]{64})"(?:, algorithm=[\w-]+)?(?:, opaque="[^"\\]*")?'
    r'(?:, qop=auth, nc=00000001, cnonce="\w+")?'
)
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
_SECEXT = f"{{{_WSSE}-wssecurity-secext-1.0.xsd}}"
_DIGESTED = f"{_WSSE}-username-token-profile-1.0#PasswordDigest"
_TOKEN = ("Username", "Password", "Nonce", "Created")


class Permit:
    """One attempt with one set. More may leave only once the device has accepted it.

    `write_down` is called before the attempt leaves, so that nothing that ends the program
    afterwards can make it a second one; False when it must not be made.
    """

    def __init__(self, login: WebLogin, write_down: Callable[[], bool]) -> None:
        self.login = login
        self._write_down = write_down
        self._spent = False
        self.accepted = False

    def accept(self) -> None:
        """The device took the login: further reads with it are no attempts."""
        self.accepted = self._spent

    def spend(self, payload: bytes) -> str | None:
        """Why the payload must not leave now although it may; called just before it does."""
        if self.accepted or not is_login(payload):
            return None
        if self._spent or not self._write_down():
            return "this login was tried before"
        self._spent = True
        return None

    def refuse(self, port: int, payload: bytes, *, tls: bool) -> str | None:
        """Why the payload must never leave, or None when the operator's leave covers it."""
        request = never_send.HTTP_REQUEST.match(payload)
        if port in never_send.MUTE_PORTS or request is None:
            return "not a plain HTTP request, or a port that hears nothing"
        method, target, lines = request.groups()
        allowed = never_send.HTTP_HEADERS | {HEADER}
        headers, reason = never_send.headers_of(lines, allowed)
        if reason := reason or never_send.target_fault(target):
            return reason
        if HEADER in headers and (
            reason := self._fault(headers[HEADER].decode("ascii"), target.decode("ascii"), tls=tls)
        ):
            return reason
        body = payload[request.end() :]
        if method == b"POST":
            return self._post(headers, body)
        is_read = method == b"GET" and target in GETS and not body
        return None if is_read else "not one of the reads made with a login"

    def _fault(self, authorization: str, target: str, *, tls: bool) -> str | None:
        """What is wrong with the credentials of a request, None for those of this set."""
        user, password = self.login.user.value, self.login.password.value
        if digest := _DIGEST.fullmatch(authorization):
            is_ours = digest.groups() == (user, target)
            return None if is_ours else "Digest of another user or for another target"
        token = b64encode(f"{user}:{password}".encode()).decode()
        if authorization != f"Basic {token}":
            return "credentials of another form, or not those of this set"
        if self.login.basic == "clear" or (self.login.basic == "tls" and tls):
            return None
        return "Basic would tell the password, and the operator did not allow that"

    def _post(self, headers: dict[bytes, bytes], body: bytes) -> str | None:
        if headers.get(b"content-length") != str(len(body)).encode():
            return "Content-Length is not the length of the body"
        envelope = never_send.envelope_of(body)
        if envelope is None or len(envelope) not in (1, 2):
            return "a POST that is not a SOAP call"
        call = never_send.operation_of(envelope[-1])
        if call.removeprefix(never_send.ONVIF_DEVICE) not in CALLS:
            return f"ONVIF call {call.rpartition('}')[2]}"
        return None if len(envelope) == 1 else self._header(envelope[0])

    def _header(self, header: Element) -> str | None:
        found = header.findall(f"{_SECEXT}Security/{_SECEXT}UsernameToken")
        if not header.tag.endswith("}Header") or len(header) != 1 or len(found) != 1:
            return "a SOAP header that is not one UsernameToken"
        token = {str(e.tag).rpartition("}")[2]: e for e in found[0]}
        if tuple(token) != _TOKEN or token["Password"].get("Type") != _DIGESTED:
            return "a UsernameToken without a password digest"
        is_ours = token["Username"].text == self.login.user.value
        return None if is_ours else "a UsernameToken of another user"


def is_login(payload: bytes) -> bool:
    """True when the bytes carry credentials of any form."""
    head, _, body = payload.partition(b"\r\n\r\n")
    return b"\r\nauthorization:" in head.lower() or b"UsernameToken" in body
