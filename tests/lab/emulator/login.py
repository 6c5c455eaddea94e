"""Devices that want a login, count the wrong ones and lock. Written apart from the scanner."""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Protocol

from .errors import LabError
from .payload import Values, fill_in

_FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')
_TAG = re.compile(r"<(?:\w+:)?(Username|Password|Nonce|Created)\b[^>]*>([^<]*)<")
SCHEMES = ("digest", "basic", "token")


class Asked(Protocol):
    """A request as far as a login is concerned."""

    @property
    def method(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


@dataclass(slots=True)
class Login:
    """A door before some paths: `challenge` is said to whoever has no or the wrong login.

    `tries` wrong logins lock it, for everybody and for good; `locked` is said from then on. A nonce
    that was given out with `${nonce}` is good once. `containing` looks at the body.
    """

    path: str
    challenge: Any
    locked: Any
    scheme: str = "digest"
    user: str = "inspector"
    password: str = "right-Pass-1"  # noqa: S105 - of an emulated device
    tries: int = 5
    containing: str = ""
    _wrong: Counter[str] = field(default_factory=Counter)
    _nonces: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.scheme not in SCHEMES:
            raise LabError(f"scheme {self.scheme!r} is none of {', '.join(SCHEMES)}")

    def guards(self, request: Asked) -> bool:
        """True when the request has to pass here."""
        path = request.target.partition("?")[0]
        return fnmatchcase(path, self.path) and self.containing.encode() in request.body

    def left(self, values: Values) -> int:
        """Wrong logins until it locks."""
        return max(0, self.tries - self._wrong[values["ip"]])

    def remember(self, nonce: str) -> None:
        """A nonce that a challenge told."""
        self._nonces.add(nonce)

    def stops(self, request: Asked, values: Values) -> Any:
        """What to answer instead of the page; None when the login is right and it is not locked."""
        if not self.left(values):
            return self.locked
        verdict = getattr(self, f"_{self.scheme}")(request, values)
        if verdict:
            return None
        self._wrong[values["ip"]] += verdict is False
        return self.challenge if self.left(values) else self.locked

    def _pair(self, values: Values) -> tuple[str, str]:
        return fill_in(self.user, values), fill_in(self.password, values)

    def _digest(self, request: Asked, values: Values) -> bool | None:
        """None without a login, else whether it is right (RFC 7616 section 3.4.1, MD5)."""
        said = request.headers.get("authorization", "")
        if not said:
            return None
        told: dict[str, str] = {m[1]: m[2] or m[3] for m in _FIELD.finditer(said)}
        user, password = self._pair(values)
        if told.get("nonce") not in self._nonces or told.get("username") != user:
            return False
        self._nonces.discard(told["nonce"])
        one = _md5(f"{user}:{told['realm']}:{password}")
        two = _md5(f"{request.method}:{request.target}")
        extra = [told["nc"], told["cnonce"], told["qop"]] if "qop" in told else []
        return told["response"] == _md5(":".join([one, told["nonce"], *extra, two]))

    def _basic(self, request: Asked, values: Values) -> bool | None:
        said = request.headers.get("authorization", "")
        right = base64.b64encode(":".join(self._pair(values)).encode()).decode()
        return said == f"Basic {right}" if said else None

    def _token(self, request: Asked, values: Values) -> bool | None:
        """WS-UsernameToken with a digest; a Created far from this device's clock is wrong."""
        told: dict[str, str] = dict(_TAG.findall(request.body.decode()))
        if "Username" not in told:
            return None
        user, password = self._pair(values)
        nonce = base64.b64decode(told["Nonce"])
        raw = nonce + told["Created"].encode() + password.encode()
        digest = base64.b64encode(hashlib.sha1(raw, usedforsecurity=False).digest()).decode()
        in_time = told["Created"].startswith(values.get("device_date", ""))
        return told["Username"] == user and told["Password"] == digest and in_time


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
