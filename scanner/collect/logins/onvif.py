"""ONVIF with a login: the device's own words on its maker, and its hardware addresses.

The `onvif` worker builds the calls and reads the answers; no byte travels through it.
"""

import secrets
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime

from scanner.collect import web
from scanner.collect.api import HostNet, HostView
from scanner.collect.device_service import Service
from scanner.collect.logins.permit import Permit
from scanner.collect.logins.session import Ended, Session
from scanner.collect.logins.told import Told
from scanner.collect.wire import http, onvif
from scanner.model import ProbeStatus

Worker = Callable[[str, Mapping[str, object]], AsyncIterator[Mapping[str, object]]]
SECONDS = 15.0
"""Life of one worker; it needs one or two, most of it for starting."""


def is_spoken(host: HostView) -> bool:
    """True when the device service answered in SOAP."""
    spoke = any(o.field.startswith("onvif.") for o in host.observations)
    return spoke and bool(host.spoke("onvif"))


def why_not(answer: web.Answer) -> str:
    """What a fault says of a lock."""
    return onvif.why_not(onvif.read(answer.response.body).fault)


class Calls:
    """Builds and reads the calls of one scan; the messages are the same for every device."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._messages: dict[str, bytes] = {}

    async def messages(self) -> Mapping[str, bytes]:
        """Operation → envelope without a header."""
        if not self._messages:
            job = {"do": "build", "calls": list(onvif.READS), "seconds": SECONDS}
            async for line in self._worker("onvif", job):
                self._messages[str(line["call"])] = str(line["message"]).encode("ascii")
        return self._messages

    async def read(self, replies: Mapping[str, bytes]) -> tuple[tuple[str, str], ...]:
        """(field, value) of the replies by operation."""
        coded = {call: b64encode(body).decode() for call, body in replies.items()}
        job = {"do": "read", "replies": coded, "seconds": SECONDS}
        lines = [line async for line in self._worker("onvif", job)]
        return tuple((str(line["field"]), str(line["value"])) for line in lines if "field" in line)


async def read(net: HostNet, service: Service, permit: Permit, calls: Calls) -> Told:
    """The device's clock, then both calls with one set, then what the answers say."""
    messages = await calls.messages()
    started = datetime.now(UTC)
    clock = await web.fetch(net, service.where, service.call("GetSystemDateAndTime"))
    told = onvif.clock(clock.response.body) if clock else None
    ahead = (told or started) - started
    session = Session(net, service.where, permit, why_not)
    answers: dict[str, web.Answer] = {}
    missed: tuple[str, ...] = ()
    for operation in onvif.READS:
        created = datetime.now(UTC) + ahead
        try:
            answer = await _call(session, service, messages[operation], (operation, created))
        except Ended as end:
            if not answers:
                raise
            missed = (f"{operation}: {end.reason}",)
            break
        answers[operation] = answer
    pairs = await calls.read({call: a.response.body for call, a in answers.items()})
    return Told(answers[onvif.READS[0]].observe(pairs), missed=missed)


async def _call(
    session: Session, service: Service, message: bytes, what: tuple[str, datetime]
) -> web.Answer:
    """One call, answered in SOAP. Ended when it is not."""
    operation, created = what

    def request(body: bytes) -> bytes:
        kind = onvif.content_type(operation)
        return http.post(service.path, service.where.authority, body, kind, keep=True)

    def token(first: web.Answer) -> bytes | None:
        if not _asks(first):
            return None
        user, password = session.login.user.value, session.login.password.value
        nonce = secrets.token_bytes(16)
        return request(onvif.with_token(message, user, password, nonce, created))

    answer = await session.ask(request(message), ("POST", service.path), token=token)
    if _asks(answer):
        raise Ended(ProbeStatus.NOT_PERMITTED, "the device refused the login", another=True)
    if answer.response.status != 200 or not onvif.read(answer.response.body).is_soap:
        code = answer.response.status
        raise Ended(ProbeStatus.PROTOCOL_ERROR, f"{operation}: not answered (status {code})")
    return answer


def _asks(answer: web.Answer) -> bool:
    """The answer wants a login, by status or by fault."""
    return answer.response.status == 401 or onvif.wants_login(answer.response.body)
