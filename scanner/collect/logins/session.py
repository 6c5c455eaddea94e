"""Requests with one set to one web server, each with a fresh challenge: a nonce is good once."""

import secrets
from collections.abc import Callable
from functools import partial

from scanner.collect import web
from scanner.collect.api import READ_CAP, Conversation, HostNet
from scanner.collect.logins.permit import Permit
from scanner.collect.wire import digest, http
from scanner.model import ProbeStatus, WebLogin

Judge = Callable[[web.Answer], str]
"""Why the device that answers this must not be logged in to; empty when it may be."""
FORBIDDEN = 403


class Ended(Exception):
    """No more is asked with this set. `another`: the operator's next set may be tried."""

    def __init__(self, status: ProbeStatus, reason: str, *, another: bool = False) -> None:
        super().__init__(reason)
        self.status, self.reason, self.another = status, reason, another


class Session:
    """The set is tried once; whatever sign of a lock the device gives ends it."""

    def __init__(self, net: HostNet, where: web.Origin, permit: Permit, why_not: Judge) -> None:
        self.where = where
        self._net, self._permit, self._why_not = net, permit, why_not

    @property
    def login(self) -> WebLogin:
        """The set."""
        return self._permit.login

    async def get(self, target: str, cap: int = READ_CAP) -> web.Answer:
        """The answer to a GET: given freely, or to the login. Ended when it is neither."""
        request = http.get(target, self.where.authority, keep=True)
        return await self.ask(request, ("GET", target), cap=cap)

    async def ask(
        self,
        request: bytes,
        words: tuple[str, str],
        *,
        cap: int = READ_CAP,
        token: Callable[[web.Answer], bytes | None] = lambda _: None,
    ) -> web.Answer:
        """`words` are method and target. `token` may answer a wish for a login in its own way."""
        further = partial(self._further, request, words, token)
        talk = await self._net.converse(
            self.where.port,
            [request],
            complete=http.is_complete,
            tls=self.where.tls,
            cap=cap,
            follow=lambda raw: _quietly(further, web.judge(_OK, raw, cap)),
        )
        if len(talk.replies) > 1:
            return self._settle(web.judge(talk, talk.replies[1], cap))
        first = web.judge(talk, talk.replies[0] if talk.replies else b"", cap)
        if first.status is not ProbeStatus.OK:
            raise Ended(first.status, first.reason or "no answer")
        again = further(first)
        if again is None:
            return first
        answer = await web.fetch(self._net, self.where, again, cap)
        return self._settle(answer) if answer else first

    def _further(
        self,
        request: bytes,
        words: tuple[str, str],
        token: Callable[[web.Answer], bytes | None],
        first: web.Answer,
    ) -> bytes | None:
        """The request with the login, None when the answer asks for none."""
        response = first.response
        if response.status == 407 or response.first("via"):
            raise Ended(ProbeStatus.SKIPPED, "a proxy answers for the device: no login is sent")
        if reason := self._why_not(first):
            raise Ended(ProbeStatus.SKIPPED, reason)
        if response.status == 401 and (authorization := self._authorization(first, words)):
            return http.authorised(request, authorization)
        if other := token(first):
            return other
        if response.status == 401:
            raise Ended(ProbeStatus.SKIPPED, *self._unanswerable(first))
        return None

    def _authorization(self, first: web.Answer, words: tuple[str, str]) -> str:
        login = self.login
        user, password = login.user.value, login.password.value
        offered = first.response.all("www-authenticate")
        if challenge := digest.digest(offered):
            return digest.answer(challenge, (user, password), words, secrets.token_hex(16))
        is_allowed = login.basic == "clear" or (login.basic == "tls" and self.where.tls)
        return digest.basic(user, password) if digest.offers_basic(offered) and is_allowed else ""

    def _unanswerable(self, first: web.Answer) -> tuple[str]:
        if digest.offers_basic(first.response.all("www-authenticate")):
            return ("the device offers Basic only, which would tell the password",)
        return ("the device asks for a login in a way that has no answer",)

    def _settle(self, answer: web.Answer) -> web.Answer:
        """The answer to a login, unless it ends everything."""
        if answer.status is not ProbeStatus.OK:
            raise Ended(answer.status, answer.reason or "no answer")
        code, reason = answer.response.status, self._why_not(answer)
        if reason:
            raise Ended(ProbeStatus.NOT_PERMITTED, f"refused; {reason}")
        if code == 401:
            raise Ended(ProbeStatus.NOT_PERMITTED, "the device refused the login", another=True)
        if code == FORBIDDEN and not self._permit.accepted:
            raise Ended(ProbeStatus.NOT_PERMITTED, "the device answered 403 to the login")
        if code is not None and 200 <= code < 300:
            self._permit.accept()
        return answer


_OK = Conversation(ProbeStatus.OK)


def _quietly(further: Callable[[web.Answer], bytes | None], first: web.Answer) -> bytes | None:
    """What may follow on the same connection; what must not is told after it has ended."""
    if first.status is not ProbeStatus.OK or not first.response.keeps_alive:
        return None
    try:
        return further(first)
    except Ended:
        return None
