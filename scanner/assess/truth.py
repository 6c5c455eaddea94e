"""The gate on truth: what is known of devices beside what the assessment says of them.

A label is a line of the evidence file itself, which every other reader skips:
{"type": "truth", "ip": "192.0.2.7", "verdict": "listed", "maker": "dahua", "brand": "lorex",
"class": "recorder", "about": "Lorex recorder, only RTSP seen"}
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from scanner.model import Candidate, Finding, Verdict

MOST_UNDETERMINED = 0.05
"""Share of devices that may end as undetermined."""


@dataclass(frozen=True, slots=True)
class Label:
    """What is true of one device, and the verdict this evidence deserves.

    None is not checked; an empty maker or brand means that nobody may be named.
    """

    ip: str
    verdict: Verdict
    maker: str | None = None
    brand: str | None = None
    product_class: str | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """One labelled device and what was said of it; `where` names file and line."""

    label: Label
    finding: Finding
    where: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the gate stays shut for one device. `kind` is `missed`, `wrongly listed` or `differs`."""

    kind: str
    where: str
    what: str


def faults(trials: Sequence[Trial]) -> tuple[Fault, ...]:
    """All that keeps the gate shut, missed devices first."""
    found = [fault for trial in trials for fault in _faults_of(trial)]
    order = {"missed": 0, "wrongly listed": 1, "differs": 2}
    found.sort(key=lambda fault: order[fault.kind])
    return (*found, *_too_many_undetermined(trials))


def _faults_of(trial: Trial) -> Iterator[Fault]:
    wanted, said = trial.label.verdict, trial.finding.verdict
    about = f"{trial.label.ip}{trial.label.about and f' ({trial.label.about})'}"
    for what, right, given in _attributes(trial):
        if right is not None and right != given:
            yield Fault(
                "differs", trial.where,
                f"{about}: {what} is {right or 'nobody'}, said {given or 'nobody'}",
            )  # fmt: skip
    if said is not wanted:
        kind = "differs"
        if wanted is Verdict.LISTED:
            kind = "missed"
        elif said is Verdict.LISTED:
            kind = "wrongly listed"
        why = " ".join(trial.finding.reasons)
        yield Fault(
            kind, trial.where, f"{about}: {wanted.value} is right, said {said.value}. {why}"
        )


def _attributes(trial: Trial) -> Iterator[tuple[str, str | None, str]]:
    label, finding = trial.label, trial.finding
    yield "maker", label.maker, _identified(finding.maker)
    yield "brand", label.brand, _identified(finding.brand)
    yield "class", label.product_class, finding.product_class


def _identified(candidate: Candidate | None) -> str:
    return candidate.value if candidate and candidate.identified else ""


def _too_many_undetermined(trials: Sequence[Trial]) -> Iterator[Fault]:
    unsettled = sum(t.finding.verdict is Verdict.UNDETERMINED for t in trials)
    if unsettled > MOST_UNDETERMINED * len(trials):
        yield Fault(
            "differs",
            "all files",
            f"{unsettled} of {len(trials)} devices are undetermined, more than "
            f"{MOST_UNDETERMINED:.0%}",
        )


def confusion(trials: Iterable[Trial]) -> Mapping[tuple[Verdict, Verdict], int]:
    """How many devices of each true verdict (first) got which one (second)."""
    return Counter((t.label.verdict, t.finding.verdict) for t in trials)


def table(trials: Sequence[Trial]) -> Iterator[str]:
    """The confusion table as text: a row for what is right, a column for what was said."""
    counted = confusion(trials)
    yield " " * 16 + "".join(f"{v.value:>14}" for v in Verdict) + "  (said)"
    for right in Verdict:
        yield f"{right.value:<16}" + "".join(f"{counted.get((right, v), 0):>14}" for v in Verdict)
    for attribute, number in (("maker", 0), ("brand", 1), ("class", 2)):
        pairs = [tuple(_attributes(t))[number] for t in trials]
        met = [right == given for _, right, given in pairs if right is not None]
        yield f"{attribute} right: {sum(met)} of {len(met)} labelled"
