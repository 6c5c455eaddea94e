"""The operator's credentials file (TOML) → `Credential` values. Nothing it holds is ever told.

    [[credentials]]
    name = "core switch"                 # optional; used in messages
    kind = "snmp-v2c"
    agents = ["10.0.0.2", "10.0.0.3"]    # routers and switches to be asked
    community = "env:SNMP_COMMUNITY"     # a value, or the environment variable that holds it

    [[credentials]]
    kind = "snmp-v3"
    agents = ["10.0.0.1"]
    user = "census"
    auth = "sha"                         # or md5; with auth_key
    auth_key = "env:SNMP_AUTH"
    priv = "aes"                         # or des; with priv_key
    priv_key = "env:SNMP_PRIV"

    [[credentials]]
    kind = "http"                        # any of addresses, macs, vendors says for whom
    addresses = ["10.7.0.0/24"]
    macs = ["44:19:b6"]
    vendors = ["hikvision"]
    user = "inspector"
    password = "env:CAMERA_PASSWORD"
    basic = "never"                      # or tls, or clear: where the password may be told

    [[credentials]]
    kind = "onvif"                       # a user of the device's ONVIF list only
    vendors = ["axis"]
    user = "inspector"
    password = "env:ONVIF_PASSWORD"

Switches that keep a forwarding table for each VLAN under a community of its own
(`community@vlan`) get an entry for each. Messages name the entry and the key, never a value.
"""

import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from scanner.errors import DataError
from scanner.model import Credential, Secret, SnmpCommunity, SnmpUser, WebLogin

MAX_BYTES = 1024 * 1024
REFERENCE = "env:"

_Name = Annotated[str, StringConstraints(pattern=r"^[ -~]{1,80}$")]
_Value = Annotated[str, StringConstraints(min_length=1, max_length=255)]
_Plain = Annotated[str, StringConstraints(pattern=r"^[ -~]{1,255}$")]
"""Printable ASCII: what SNMP agents can be told."""
_User = Annotated[str, StringConstraints(pattern=r"^[ !#-9;-\[\]-~]{1,255}$")]
"""Printable ASCII without quote, colon and backslash: what every form of HTTP login can carry."""
_Items = Annotated[list[Annotated[str, StringConstraints(max_length=80)]], Field(max_length=1000)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    name: _Name | None = None


class _SnmpRow(_Row):
    agents: Annotated[_Items, Field(min_length=1)]

    @field_validator("agents")
    @classmethod
    def _addresses(cls, values: list[str]) -> list[str]:
        for value in values:
            ip_address(value)
        return values


class _CommunityRow(_SnmpRow):
    kind: Literal["snmp-v2c"]
    community: _Plain


class _UserRow(_SnmpRow):
    kind: Literal["snmp-v3"]
    user: _Plain
    auth: Literal["md5", "sha"] | None = None
    auth_key: _Plain | None = None
    priv: Literal["des", "aes"] | None = None
    priv_key: _Plain | None = None

    @model_validator(mode="after")
    def _pairs(self) -> "_UserRow":
        for name in ("auth", "priv"):
            if bool(getattr(self, name)) != bool(getattr(self, f"{name}_key")):
                raise ValueError(f"{name} and {name}_key belong together")
        if self.priv and not self.auth:
            raise ValueError("priv needs auth: SNMPv3 knows no encryption without authentication")
        return self


class _DeviceRow(_Row):
    addresses: _Items = []
    macs: _Items = []
    vendors: _Items = []
    user: _User
    password: _Value

    @field_validator("addresses")
    @classmethod
    def _networks(cls, values: list[str]) -> list[str]:
        for value in values:
            ip_network(value)
        return values

    @field_validator("macs")
    @classmethod
    def _prefixes(cls, values: list[str]) -> list[str]:
        for value in values:
            if not 6 <= len(_digits(value)) <= 12 or not set(_digits(value)) <= _HEX:
                raise ValueError(f"{value!r} is not the beginning of a MAC (three bytes or more)")
        return values

    @model_validator(mode="after")
    def _somebody(self) -> "_DeviceRow":
        if not (self.addresses or self.macs or self.vendors):
            raise ValueError("says for no host: add addresses, macs or vendors")
        return self


class _WebRow(_DeviceRow):
    kind: Literal["http"]
    basic: Literal["never", "tls", "clear"] = "never"


class _OnvifRow(_DeviceRow):
    kind: Literal["onvif"]


_HEX = frozenset("0123456789abcdef")
_AnyRow = _CommunityRow | _UserRow | _WebRow | _OnvifRow
_ROW: TypeAdapter[_AnyRow] = TypeAdapter(Annotated[_AnyRow, Field(discriminator="kind")])
_SECRETS = frozenset({"community", "user", "auth_key", "priv_key", "password"})


def read_credentials(
    path: Path, environment: Mapping[str, str], vendors: AbstractSet[str]
) -> tuple[Credential, ...]:
    """The entries in written order. DataError names file, entry and key, never a value."""
    try:
        document = tomllib.loads(_private_text(path))
    except tomllib.TOMLDecodeError as error:
        raise DataError(path, _place(error), "is not TOML") from None
    rows = document.pop("credentials", None)
    if document:
        raise DataError(path, "", f"key {next(iter(document))!r} is not known here")
    if not isinstance(rows, list) or not rows:
        raise DataError(path, "", "holds no [[credentials]] entry")
    return tuple(_credential(_Entry(path, n, row), environment, vendors) for n, row in _count(rows))


def _count(rows: list[object]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, row in enumerate(rows, 1):
        yield number, row if isinstance(row, dict) else {}


def _private_text(path: Path) -> str:
    """The file's text; refused when anybody but its owner may read or change it."""
    try:
        with path.open("rb") as stream:
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            if os.name == "posix" and mode & 0o077:
                raise DataError(
                    path, "", f"is open to others (mode {mode:03o}); run: chmod 600 {path}"
                )
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise DataError(path, "", f"cannot be read: {error.strerror}") from error
    if len(raw) > MAX_BYTES:
        raise DataError(path, "", f"is larger than {MAX_BYTES} bytes")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError(path, f"line {line}", "is not UTF-8 text") from None


def _place(error: tomllib.TOMLDecodeError) -> str:
    """`line 3, column 5`: the rest of the message might quote the file."""
    return str(error).rpartition("(at ")[2].rstrip(")")


class _Entry:
    """One entry as a message may name it."""

    def __init__(self, path: Path, number: int, row: dict[str, Any]) -> None:
        self.path, self.row = path, row
        name = row.get("name")
        self.label = f"entry {number}"
        if isinstance(name, str) and name.isprintable():
            self.label += f" ({name[:80]})"

    def fault(self, reason: str) -> DataError:
        """The error for this entry."""
        return DataError(self.path, self.label, reason)

    def resolved(self, environment: Mapping[str, str]) -> dict[str, Any]:
        """The entry with the values its `env:` references stand for."""
        found = dict(self.row)
        for key in _SECRETS & found.keys():
            value = found[key]
            if isinstance(value, str) and value.startswith(REFERENCE):
                variable = value.removeprefix(REFERENCE)
                if not environment.get(variable):
                    raise self.fault(f"{key!r}: the environment variable {variable} is not set")
                found[key] = environment[variable]
        return found


def _credential(
    entry: _Entry, environment: Mapping[str, str], vendors: AbstractSet[str]
) -> Credential:
    try:
        row = _ROW.validate_python(entry.resolved(environment))
    except ValidationError as error:
        raise entry.fault(
            _reason(error.errors(include_url=False, include_input=False)[0])
        ) from None
    if isinstance(row, _WebRow | _OnvifRow):
        if unknown := next((v for v in row.vendors if v not in vendors), None):
            raise entry.fault(f"{unknown!r} is no id of vendors/vendors.yml")
        return Credential(
            entry.label,
            _web_login(row),
            networks=tuple(map(ip_network, row.addresses)),
            prefixes=tuple(map(_digits, row.macs)),
            vendors=tuple(row.vendors),
        )
    return Credential(entry.label, _login(row), agents=tuple(map(ip_address, row.agents)))


def _web_login(row: _WebRow | _OnvifRow) -> WebLogin:
    user, password = Secret(row.user), Secret(row.password)
    if isinstance(row, _OnvifRow):
        return WebLogin(user, password, onvif_only=True)
    return WebLogin(user, password, basic="" if row.basic == "never" else row.basic)


def _login(row: _CommunityRow | _UserRow) -> SnmpCommunity | SnmpUser:
    if isinstance(row, _CommunityRow):
        return SnmpCommunity(Secret(row.community))
    return SnmpUser(
        Secret(row.user),
        row.auth or "",
        Secret(row.auth_key or ""),
        row.priv or "",
        Secret(row.priv_key or ""),
    )


def _digits(mac: str) -> str:
    return mac.lower().translate(str.maketrans("", "", ":-."))


def _reason(error: ErrorDetails) -> str:
    """What is wrong with which key. Pydantic's own words are used only where they quote nothing."""
    kinds = ("snmp-v2c", "snmp-v3", "http", "onvif")
    last = next((repr(part) for part in error["loc"] if part not in kinds), "")
    told, context = error["type"], error.get("ctx", {})
    if told in _FAULTS:
        return _FAULTS[told].format(last)
    if told == "literal_error":
        return f"{last} has to be {str(context['expected']).replace(chr(39), '')}"
    said = str(context["error"]) if told == "value_error" else error["msg"].removeprefix("Input ")
    return f"{last}: {said}" if last else said


_FAULTS = {
    "extra_forbidden": "key {} is not known here",
    "missing": "key {} is missing",
    "union_tag_not_found": "'kind' has to be snmp-v2c, snmp-v3, http or onvif",
    "union_tag_invalid": "'kind' has to be snmp-v2c, snmp-v3, http or onvif",
    "string_pattern_mismatch": "{} has to be text of printable ASCII characters, 255 at most; "
    "the user of a device without quote, colon and backslash",
    "string_too_short": "{} is empty",
}
"""Pydantic's type of error → what to say of the key."""
