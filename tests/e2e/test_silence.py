"""A network in which nobody answers is a gap, never a clean result."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.lab
ALONE = (
    "ip link add dull type veth peer name far && "
    "ip link set far addrgenmode none && ip link set dull addrgenmode none && "
    "ip link set far up && ip link set dull up && "
    'ip address add 10.9.9.1/29 dev dull && exec "$@"'
)
OWN_NETWORK = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-Urn"]


def test_silence_of_a_whole_network_is_never_read_as_clean(tmp_path: Path) -> None:
    scan = [sys.executable, "-m", "scanner", "scan", "10.9.9.0/29", "-p", "80"]
    ended = subprocess.run(
        [*OWN_NETWORK, "sh", "-c", ALONE, "sh", *scan],
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "Operation not permitted" in ended.stderr and "unshare" in ended.stderr:
        pytest.skip("no network namespace is permitted here")
    assert ended.returncode == 3, ended.stderr
    assert "No host but this machine answered" in ended.stderr
