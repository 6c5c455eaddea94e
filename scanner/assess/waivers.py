"""Waivers mark listings of a device as accepted for a time. They never change a verdict."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from ipaddress import ip_address

from scanner.identity import is_local
from scanner.model import Finding, Waiver

NOTICE_DAYS = 30
"""How long before its end a waiver is announced."""


def marked(finding: Finding, waivers: Sequence[Waiver], as_of: date) -> Finding:
    """The finding with the first waiver in force beside each listing it covers."""
    mine = [w for w in waivers if w.start <= as_of <= w.until and _means(w, finding)]
    if not mine:
        return finding
    listings = tuple(
        replace(match, waiver=next((w for w in mine if match.list_id in w.lists), None))
        for match in finding.listings
    )
    return replace(finding, listings=listings)


def notices(waivers: Iterable[Waiver], as_of: date) -> Iterable[str]:
    """A sentence for each waiver that has ended, or ends soon."""
    for waiver in waivers:
        left, day = (waiver.until - as_of).days, waiver.until.isoformat()
        if left < 0:
            yield f"Waiver {waiver.id} ended on {day}: it no longer marks any finding."
        elif left <= NOTICE_DAYS and waiver.start <= as_of:
            yield (
                f"Waiver {waiver.id} ends on {day}, in {left} days: renew it with its approver "
                f"({waiver.approver}) or act on its devices."
            )


def _means(waiver: Waiver, finding: Finding) -> bool:
    """A hardware address that several devices bear means none of them."""
    keys = finding.keys
    macs = finding.macs or filter(None, (finding.mac,))
    return (
        any(mac in waiver.macs and (is_local(mac) or f"mac:{mac}" in keys) for mac in macs)
        or (finding.serial != "" and finding.serial in waiver.serials)
        or any(_within(waiver, ip) for ip in finding.addresses or (finding.ip,))
    )


def _within(waiver: Waiver, ip: str) -> bool:
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    return any(address in network for network in waiver.networks)
