"""The plan and the reporting deadlines as JSON values of schema `report-1`."""

from typing import Any

from scanner.model import ScanReport
from scanner.remedy import (
    Choice,
    Deadline,
    Plan,
    PlanItem,
    Replacement,
    Span,
    Statement,
    Total,
    Traits,
)


def deadline(value: Deadline) -> dict[str, Any]:
    """The latest time for one report, with what the count rests on."""
    return {
        "clause": value.clause,
        "citation": value.citation,
        "report": value.report,
        "title": value.title,
        "count": value.count,
        "unit": value.unit.value,
        "starts": value.starts,
        "began": value.began,
        "due": value.due,
        "zone": value.zone,
        "holidays": value.holidays,
        "assumed": value.assumed,
        "grade": value.grade,
    }


def outline(made: Plan) -> dict[str, Any]:
    """The plan without its items, of which there is one a device."""
    return {
        "order": made.order,
        "phases": [{"id": p.id, "title": p.title, "goal": p.goal} for p in made.phases],
        "currency": made.currency or None,
        "totals": [_total(total) for total in made.totals],
        "replacements": [_replacement(each) for each in made.replacements],
        "unmatched_decisions": _unmatched(made),
    }


def _unmatched(made: Plan) -> list[dict[str, Any]]:
    return [{"keys": each.keys, **_decision(each)} for each in made.unmatched]


def item(item: PlanItem, report: ScanReport) -> dict[str, Any]:
    """What is proposed for one device, and what was decided."""
    device = report.devices[item.number - 1]
    return {
        "device": item.identity,
        "ip": device.ip,
        "site": device.site,
        "disposition": item.disposition.value,
        "rule": item.rule,
        "reason": item.reason,
        "agreed": item.agreed.value,
        "priority": item.priority,
        "order": item.order,
        "phase": item.phase,
        "requirements": [
            {"trait": r.trait, "value": r.value or None, "basis": r.basis or None}
            for r in item.requirements
        ],
        "mitigation": item.mitigation,
        "options": [{"replacement": o.replacement, "to_check": o.to_check} for o in item.options],
        "cost": _span(item.cost),
        "hours": _span(item.hours),
        "decision": _decision(item.decision) if item.decision else None,
    }


def _decision(value: Choice) -> dict[str, Any]:
    return {
        "disposition": value.disposition.value if value.disposition else None,
        "owner": value.owner or None,
        "due": value.due.isoformat() if value.due else None,
        "note": value.note or None,
        "who": value.who or None,
        "when": value.when.isoformat() if value.when else None,
    }


def _span(value: Span | None) -> dict[str, float] | None:
    return {"low": float(value.low), "high": float(value.high)} if value else None


def _total(value: Total) -> dict[str, Any]:
    return {
        "by": value.by,
        "name": value.name,
        "units": value.units,
        "dispositions": {word.value: number for word, number in value.dispositions},
        "cost": _span(value.cost),
        "hours": _span(value.hours),
        "unpriced": value.unpriced,
    }


def _replacement(value: Replacement) -> dict[str, Any]:
    return {
        "id": value.id,
        "maker": value.maker or None,
        "maker_name": value.maker_name,
        "model": value.model or None,
        "traits": _traits(value.traits),
        "source": value.source,
        "screening": value.screening.value,
        "lists": value.lists,
        "statement": _statement(value.statement) if value.statement else None,
        "note": value.note or None,
    }


def _traits(value: Traits) -> dict[str, Any]:
    return {
        "product_class": value.product_class or None,
        "form_factor": value.form_factor or None,
        "resolution": value.resolution or None,
        "poe_class": value.poe_class or None,
        "channels": value.channels,
        "onvif_profiles": value.onvif_profiles,
    }


def _statement(value: Statement) -> dict[str, Any]:
    return {
        "about": value.about,
        "scope": value.scope,
        "source": value.source,
        "url": value.url or None,
        "made": value.made.isoformat() if value.made else None,
        "read": value.read.isoformat() if value.read else None,
    }
