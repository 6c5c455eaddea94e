"""HTTP authentication: challenges read, Digest and Basic credentials built (RFC 7616, 7617).

Servers of RFC 2617 and 2069 are answered in their own way. A challenge that could break out of
its quotes, or that asks for something else, has no answer. Nothing here remembers a nonce.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import md5, sha256

PARAMETERS_CAP = 32
VALUE_CAP = 1024

_SCHEME = re.compile(r"[\s,]*([A-Za-z][\w-]{0,31})(?:[ \t]+|(?=,)|$)")
_PARAMETER = re.compile(r'[\s,]*([A-Za-z][\w-]{0,31})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_PLAIN = re.compile(r"[ !#-\[\]-~]*")
"""Printable ASCII without quote and backslash: every reader sees the same text."""


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()


_HASHES: dict[str, Callable[[str], str]] = {
    "md5": _md5,
    "md5-sess": _md5,
    "sha-256": _sha256,
    "sha-256-sess": _sha256,
}


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a server wants to be answered with. `qop` is `auth`, or empty as in RFC 2069."""

    realm: str
    nonce: str
    algorithm: str = ""
    qop: str = ""
    opaque: str | None = None


def digest(headers: Iterable[str]) -> Challenge | None:
    """The first Digest challenge of `WWW-Authenticate` values that can be answered. No raise."""
    offered = (_challenge(p) for scheme, p in _challenges(headers) if scheme == "digest")
    return next((challenge for challenge in offered if challenge), None)


def offers_basic(headers: Iterable[str]) -> bool:
    """True when one of the challenges is Basic."""
    return any(scheme == "basic" for scheme, _ in _challenges(headers))


def answer(challenge: Challenge, login: tuple[str, str], request: tuple[str, str], own: str) -> str:
    """Value of `Authorization` for (user, password) and (method, target); `own` is the cnonce."""
    user, password = login
    count = "00000001"
    hashed = _HASHES[challenge.algorithm.lower() or "md5"]
    secret = hashed(f"{user}:{challenge.realm}:{password}")
    if challenge.algorithm.lower().endswith("-sess"):
        secret = hashed(f"{secret}:{challenge.nonce}:{own}")
    middle = f":{count}:{own}:auth" if challenge.qop else ""
    response = hashed(f"{secret}:{challenge.nonce}{middle}:{hashed(':'.join(request))}")
    fields = [f'username="{user}"', f'realm="{challenge.realm}"', f'nonce="{challenge.nonce}"']
    fields += [f'uri="{request[1]}"', f'response="{response}"']
    fields += [f"algorithm={challenge.algorithm}"] if challenge.algorithm else []
    fields += [f'opaque="{challenge.opaque}"'] if challenge.opaque is not None else []
    fields += ["qop=auth", f"nc={count}", f'cnonce="{own}"'] if challenge.qop else []
    return "Digest " + ", ".join(fields)


def basic(user: str, password: str) -> str:
    """Value of `Authorization` that tells the password to whoever can read it."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode("ascii")


def _challenges(headers: Iterable[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """(lower-case scheme, parameters) of each challenge; one header may hold several."""
    for header in headers:
        at = 0
        for _ in range(PARAMETERS_CAP):
            scheme = _SCHEME.match(header, at)
            if scheme is None:
                break
            found, at = _parameters(header, scheme.end())
            yield scheme[1].lower(), found


def _parameters(header: str, at: int) -> tuple[dict[str, str], int]:
    found: dict[str, str] = {}
    for _ in range(PARAMETERS_CAP):
        match = _PARAMETER.match(header, at)
        if match is None:
            break
        found.setdefault(match[1].lower(), match[3] if match[2] is None else match[2])
        at = match.end()
    return found, at


def _challenge(told: dict[str, str]) -> Challenge | None:
    used = {key: told[key] for key in ("realm", "nonce", "opaque", "algorithm") if key in told}
    plain = all(len(v) <= VALUE_CAP and _PLAIN.fullmatch(v) for v in used.values())
    algorithm = told.get("algorithm", "")
    offered = {word.strip().lower() for word in told.get("qop", "").split(",")}
    usable = algorithm.lower() in ("", *_HASHES) and ("auth" in offered or offered == {""})
    if not plain or not usable or not told.get("nonce") or "realm" not in told:
        return None
    qop = "auth" if "auth" in offered else ""
    return Challenge(told["realm"], told["nonce"], algorithm, qop, told.get("opaque"))
