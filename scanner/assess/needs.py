"""What a device is like, as far as it said or its model name tells: what must be matched."""

import re
from collections.abc import Iterable, Iterator, Sequence

from scanner.model import Finding
from scanner.provision import ModelName
from scanner.remedy import Requirement, Traits

FORM, RESOLUTION, POE = "form factor", "resolution", "PoE class"
CHANNELS, PROFILES = "recorder channels", "ONVIF profiles"
COMPARED = {
    "camera": (FORM, RESOLUTION, POE, PROFILES),
    "encoder": (CHANNELS, POE, PROFILES),
    "recorder": (CHANNELS, PROFILES),
    "door-station": (FORM, POE, PROFILES),
    "access-terminal": (FORM, POE),
}
"""Class → what its replacement has to match; other classes have nothing that a scan can see."""
CHANNEL_FIELDS = (
    "dhip.remotevideoinputchannels",
    "sadp.digitalchannelnum",
    "sadp.analogchannelnum",
)
MAX_CHANNELS = 1024


def requirements(device: Finding, names: Sequence[ModelName]) -> tuple[Requirement, ...]:
    """One for each trait that counts for its class; without a value where nobody knows."""
    found = {each.trait: each for each in _known(device, names)}
    wanted = COMPARED.get(device.product_class, ())
    return tuple(found.get(trait) or Requirement(trait) for trait in wanted)


def _known(device: Finding, names: Sequence[ModelName]) -> Iterator[Requirement]:
    maker = device.maker.value if device.maker else ""
    for name in names:
        if maker in name.vendors and re.search(name.pattern, device.model):
            basis = f"model name, rule {name.id}"
            if name.form_factor:
                yield Requirement(FORM, name.form_factor, basis)
            if name.resolution:
                yield Requirement(RESOLUTION, name.resolution, basis)
    if device.onvif_profiles:
        yield Requirement(PROFILES, ", ".join(device.onvif_profiles), "the device announces them")
    if said := max(_channels(device), default=None):
        number, where = said
        yield Requirement(CHANNELS, str(number), f"the device says so ({where})")


def _channels(device: Finding) -> Iterator[tuple[int, str]]:
    for item in device.evidence:
        text = item.value.strip()
        if item.field in CHANNEL_FIELDS and text.isascii() and text.isdecimal() and len(text) < 5:
            number = int(text)
            if 0 < number <= MAX_CHANNELS:
                yield number, item.field


def to_check(needs: Iterable[Requirement], offered: Traits) -> tuple[str, ...] | None:
    """Traits that nobody could compare; None when a known one rules the product out."""
    unknown = []
    for need in needs:
        has = _offered(need.trait, offered)
        if not need.value or not has:
            unknown.append(need.trait)
        elif not _fits(need, has):
            return None
    return tuple(unknown)


def _offered(trait: str, offered: Traits) -> str:
    channels = "" if offered.channels is None else str(offered.channels)
    return {
        FORM: offered.form_factor,
        RESOLUTION: offered.resolution,
        POE: offered.poe_class,
        CHANNELS: channels,
        PROFILES: ", ".join(offered.onvif_profiles),
    }[trait]


def _fits(need: Requirement, has: str) -> bool:
    if need.trait == CHANNELS:
        return int(has) >= int(need.value)
    if need.trait == PROFILES:
        return set(need.value.split(", ")) <= set(has.split(", "))
    if need.trait == RESOLUTION:
        return megapixels(has) >= megapixels(need.value)
    return has.casefold() == need.value.casefold()


def megapixels(text: str) -> float:
    """`4 MP` → 4.0; the loaders let no other form pass."""
    return float(text.removesuffix(" MP"))
