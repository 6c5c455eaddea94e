"""Device bytes → text of the evidence file."""

import re

_PRIVATE = re.compile(
    r"salt|secret|passw|pwd|random|nonce|challenge|encryptstring|^code$"
    r"|(?:safe|security|verif\w*|ezviz)code"
)
_YES_OR_NO = frozenset({"true", "false", "0", "1"})


def text(data: bytes) -> str:
    r"""UTF-8 as it is; every byte that is not UTF-8 becomes `\xNN`. Never raises."""
    return data.decode("utf-8", "backslashreplace")


def is_private(name: str, value: str) -> bool:
    """True for what helps to open the device, by its lower-case name: it is never stored.

    A plain yes or no under such a name only tells that the feature exists.
    """
    return bool(_PRIVATE.search(name)) and value.lower() not in _YES_OR_NO
