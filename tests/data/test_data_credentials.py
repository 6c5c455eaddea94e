"""The credentials file: what it may say, what is refused and how, and that it never talks."""

import os
import traceback
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.data import read_credentials
from scanner.errors import DataError
from scanner.model import Credential, Secret, SnmpCommunity, SnmpUser, WebLogin

VENDORS = frozenset({"hikvision", "dahua", "axis"})
NOTHING: Mapping[str, str] = {}
S3CRET = "s3cret-zq9"
COMMUNITY = f'kind = "snmp-v2c"\nagents = ["10.0.0.2"]\ncommunity = "{S3CRET}"'
USER = f'kind = "snmp-v3"\nagents = ["10.0.0.1"]\nuser = "{S3CRET}"'
WEB = f'kind = "http"\nuser = "{S3CRET}"\npassword = "{S3CRET}"'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "credentials.toml"


def read(
    file: Path, text: str, mode: int = 0o600, environment: Mapping[str, str] = NOTHING
) -> tuple[Credential, ...]:
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return read_credentials(file, environment, VENDORS)


def entry(*entries: str) -> str:
    return "\n".join(f"[[credentials]]\n{each}\n" for each in entries)


def refusal(file: Path, text: str, environment: Mapping[str, str] = NOTHING) -> str:
    """What is said of the file; neither that nor a whole traceback holds the secret."""
    with pytest.raises(DataError) as caught:
        read(file, text, environment=environment)
    assert S3CRET not in "".join(traceback.format_exception(caught.value))
    return str(caught.value).removeprefix(f"{file}: ")


def test_every_kind_is_read(file: Path) -> None:
    protected = 'auth = "sha"\nauth_key = "env:AUTH"\npriv = "aes"\npriv_key = "priv-key"'
    whom = 'addresses = ["10.7.0.0/24", "10.8.0.9"]\nmacs = ["44:19:B6", "3cef8c"]'
    text = entry(
        COMMUNITY.replace('["10.0.0.2"]', '["10.0.0.2", "fd00::2"]'),
        f'name = "core"\n{USER}\n{protected}',
        f'{WEB}\n{whom}\nvendors = ["dahua"]',
    )
    assert read(file, text, environment={"AUTH": "from-outside"}) == (
        Credential(
            "entry 1",
            SnmpCommunity(Secret(S3CRET)),
            agents=(ip_address("10.0.0.2"), ip_address("fd00::2")),
        ),
        Credential(
            "entry 2 (core)",
            SnmpUser(Secret(S3CRET), "sha", Secret("from-outside"), "aes", Secret("priv-key")),
            agents=(ip_address("10.0.0.1"),),
        ),
        Credential(
            "entry 3",
            WebLogin(Secret(S3CRET), Secret(S3CRET)),
            networks=(ip_network("10.7.0.0/24"), ip_network("10.8.0.9/32")),
            prefixes=("4419b6", "3cef8c"),
            vendors=("dahua",),
        ),
    )


def test_a_read_value_shows_itself_nowhere(file: Path) -> None:
    read_values = read(file, entry(COMMUNITY, USER, f'{WEB}\nvendors = ["dahua"]'))
    assert S3CRET not in repr(read_values)
    assert S3CRET not in str(read_values)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o620, 0o777])
def test_a_file_open_to_others_is_refused(file: Path, mode: int) -> None:
    with pytest.raises(DataError, match=rf"mode {mode:03o}\); run: chmod 600"):
        read(file, entry(COMMUNITY), mode)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_file_of_ones_own_is_read(file: Path, mode: int) -> None:
    assert len(read(file, entry(COMMUNITY), mode)) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no [[credentials]] entry"),
        ("credentials = []", "holds no [[credentials]] entry"),
        (f"{entry(COMMUNITY)}[other]\n", "key 'other' is not known here"),
        (f'community = {S3CRET}"', "line 1, column 13: is not TOML"),
        (entry(f'kind = "{S3CRET}"'), "entry 1: 'kind' has to be snmp-v2c, snmp-v3, http or onvif"),
        (entry('name = "x"'), "entry 1 (x): 'kind' has to be snmp-v2c, snmp-v3, http or onvif"),
        (entry(COMMUNITY, f"{COMMUNITY}\nport = 1"), "entry 2: key 'port' is not known here"),
        (entry(COMMUNITY.replace("agents", "agent")), "entry 1: key 'agents' is missing"),
        (entry(COMMUNITY.replace("10.0.0.2", "switch-1")), "entry 1: 'agents': 'switch-1' does"),
        (entry(COMMUNITY.replace("10.0.0.2", "10.0.0.0/24")), "'10.0.0.0/24' does not appear"),
        (entry('kind = "snmp-v2c"\nagents = []\ncommunity = "x"'), "'agents': List should have"),
        (entry(COMMUNITY.replace(f'"{S3CRET}"', "12345")), "'community': should be a valid str"),
        (entry(COMMUNITY.replace(S3CRET, "")), "'community' has to be text of printable ASCII"),
        (entry(COMMUNITY.replace(S3CRET, f"ü{S3CRET}")), "'community' has to be text of printabl"),
        (entry(COMMUNITY.replace(S3CRET, "env:GONE")), "environment variable GONE is not set"),
        (entry(f'{USER}\nauth = "sha256"\nauth_key = "{S3CRET}"'), "'auth' has to be md5 or sha"),
        (entry(f'{USER}\npriv = "aes"\npriv_key = "{S3CRET}"'), "priv needs auth"),
        (entry(f'{USER}\nauth = "sha"'), "auth and auth_key belong together"),
        (entry(f'{USER}\nauth_key = "{S3CRET}"'), "auth and auth_key belong together"),
        (entry(WEB), "says for no host: add addresses, macs or vendors"),
        (entry(f'{WEB}\nvendors = ["nobody"]'), "'nobody' is no id of vendors/vendors.yml"),
        (entry(f'{WEB}\nmacs = ["44:19"]'), "'44:19' is not the beginning of a MAC"),
        (entry(f'{WEB}\nmacs = ["camera"]'), "'camera' is not the beginning of a MAC"),
        (entry(f'{WEB}\naddresses = ["10.7.0.1/24"]'), "10.7.0.1/24 has host bits set"),
        (entry('kind = "http"\nuser = "x"\npassword = ""\nmacs = ["4419b6"]'), "'password' is em"),
        (entry(f'{COMMUNITY}\nname = "\\u001b[2J"'), "entry 1: 'name' has to be text of printable"),
    ],
)
def test_what_is_wrong_is_said_with_its_entry(file: Path, text: str, told: str) -> None:
    assert told in refusal(file, text)


def test_the_name_of_a_reference_is_told_but_not_its_value(file: Path) -> None:
    text = entry(COMMUNITY.replace(S3CRET, "env:OURS"))
    assert "'community' has to be text" in refusal(file, text, {"OURS": f"{S3CRET}\n"})


def test_a_file_that_is_not_there_or_no_text(file: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        read_credentials(file, {}, VENDORS)
    file.write_bytes(b"# \n\xff\n")
    file.chmod(0o600)
    with pytest.raises(DataError, match="line 2: is not UTF-8"):
        read_credentials(file, {}, VENDORS)
    file.write_bytes(b"#" * 1_100_000)
    with pytest.raises(DataError, match="larger than"):
        read_credentials(file, {}, VENDORS)
    with pytest.raises(DataError, match="directory"):
        read_credentials(tmp_path, {}, VENDORS)


@given(text=st.text(), mode=st.sampled_from([0o600, 0o400]))
def test_any_text_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str, mode: int
) -> None:
    file = tmp_path_factory.mktemp("any") / "c.toml"
    file.write_bytes(f"[[credentials]]\n{text}".encode("utf-8", "surrogatepass"))
    file.chmod(mode)
    with pytest.raises(DataError):
        read_credentials(file, {}, VENDORS)


def test_the_documented_example_is_read(file: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "credentials.md").read_text("utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    names = ("SNMP_COMMUNITY", "SNMP_AUTH", "SNMP_PRIV", "CAMERA_PASSWORD", "ONVIF_PASSWORD")
    found = read(file, example, environment=dict.fromkeys(names, S3CRET))
    logins = [SnmpCommunity, SnmpUser, WebLogin, WebLogin]
    assert [type(each.login) for each in found] == logins
