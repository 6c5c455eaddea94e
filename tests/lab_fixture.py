"""The practice LAN as a pytest fixture: one for the whole run."""

from collections.abc import Iterator

import pytest

from tests.lab.client import Lab, NotPermitted


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """All devices of the lab, up until the last test is done."""
    with started() as running:
        yield running


def started(*options: str) -> Lab:
    """A lab with these options of `lab.py serve`; skips the test where none is permitted."""
    try:
        return Lab(*options)
    except NotPermitted as error:
        pytest.skip(str(error))
