"""The ways to find hosts that a scan may use, by name, and those the operator switched off."""

from collections.abc import Iterable

from scanner import plugins
from scanner.collect.api import Discovery, Probe
from scanner.errors import UsageError

PASSIVE = "passive"
"""The source that listens, and the setting by which evidence says that it only listened."""
WITHOUT = "without"
"""The setting by which evidence says what was switched off."""
NAME_SERVICES = frozenset({"llmnr", "netbios"})
"""Probes that only rule computers out; the others of these names are the sources' own."""
BY_CHOICE = "switched off by the operator"


def discoveries() -> tuple[Discovery, ...]:
    """Every source there is."""
    return plugins.load("scanner.collect.discovery", "DISCOVERY")


def probes(without: Iterable[str] = ()) -> tuple[Probe, ...]:
    """Every probe but those of a protocol that is switched off."""
    found: tuple[Probe, ...] = plugins.load("scanner.collect.probes", "PROBE")
    return tuple(p for p in found if p.name not in without)


def chosen(texts: Iterable[str]) -> frozenset[str]:
    """The names of `--without`, separated by commas; UsageError lists what there is."""
    names = {name for text in texts for each in text.split(",") if (name := each.strip().lower())}
    known = {d.name for d in discoveries()} - {PASSIVE} | NAME_SERVICES
    if unknown := sorted(names - known):
        raise UsageError(
            f"--without {unknown[0]!r}: no source of that name; there are "
            f"{', '.join(sorted(known))}"
        )
    return frozenset(names)
