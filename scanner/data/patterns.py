"""Regular expressions that a hostile device cannot stall.

Python's `re` backtracks, has no deadline, and holds the interpreter while it runs, so a slow
pattern must be refused before a device's text meets it. Two checks, in this order:

1. Static, from the syntax tree: a repeat whose body can be matched by an inner repeat alone, as
   in `(a+)+`, splits a text in exponentially many ways; so does a long row of optional parts and
   alternatives, as in `(a?){30}`. Both are refused without running anything.
2. Trial: for every other repeat, texts made from the pattern itself (what leads up to the repeat,
   its body again and again, then bytes that fit nothing) grow until it is plain that one of
   `LONGEST` characters stays below the limit, or that it does not. The slower the last text was,
   the smaller the next step: even an exponential pattern spends about half a second on the text
   that gives it away. The limit is a multiple of what a known pattern takes here, a quarter of a
   second on an ordinary machine.

A busy machine makes any pattern look slow, so time alone only lets a pattern pass. What time finds
slow is refused when the steps a matcher takes, counted on texts that double, say so as well.
"""

import importlib
import math
import re
import time
from collections.abc import Iterator
from functools import cache
from typing import Any

from scanner.data.steps import Machine

LONGEST = 16 * 1024
"""Characters of a device's text that a pattern may have to search."""
MAX_PATTERN = 2000
MAX_CHOICES = 16
"""Optional parts and alternatives on one way through a pattern: 2 to the 16th ways are quick."""

_TELLING = 512
"""Characters from which on the time taken tells how it grows."""
_STEP = 1e-8
"""Seconds of one step of the matcher, about."""
_QUICK = 1e-4
_COUNTED = 500_000
"""Steps counted for one text at most, a quarter of a second."""
_ALLOWED = 16
"""Steps a text may take for each pair of its characters; `a+b` takes three."""
_MANY = 10
"""A repeat that allows this many counts as a loop."""
_VARIANTS = 3
_LETTERS = "0aA .-/:=\"'<,;_"
_UNFIT = "\x00"
_CHOICE = re.compile(r"[*+?|{]")
_LOOP = re.compile(r"[*+]|\{[0-9]*,?(?:[0-9]{2,})?\}")
_CLASSES = {"CATEGORY_DIGIT": str.isdigit, "CATEGORY_SPACE": str.isspace}
_BACKTRACKING = frozenset({"SUBPATTERN", "BRANCH", "MAX_REPEAT", "MIN_REPEAT"})
_NAMED = frozenset({"LITERAL", "RANGE"})

_parser: Any = importlib.import_module("re._parser")  # the only parser of `re`'s own grammar


class PatternFault(ValueError):
    """Why a pattern is refused."""


def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern compiled, once it is known to be sound and fast enough."""
    if len(pattern) > MAX_PATTERN:
        raise PatternFault(f"longer than {MAX_PATTERN} characters")
    try:
        expression = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise PatternFault(f"not a regular expression: {error}") from error
    except (FutureWarning, DeprecationWarning) as warning:
        raise PatternFault(f"ambiguous regular expression: {warning}") from warning
    loops, counted = _LOOP.search(pattern), "{" in pattern
    if loops or counted or len(_CHOICE.findall(pattern)) > MAX_CHOICES:
        tree = _parser.parse(pattern)
        _refuse_nested(tree)
        _refuse_many_ways(tree)
        if loops:
            _refuse_in_trial(expression, tree)
    return expression


def _refuse_nested(tree: Any) -> None:
    if _nested(tree):
        raise PatternFault(
            "a repeat inside a repeat can match the same text in too many ways, as (a+)+ does: "
            "repeat only once, or put something between that the inner repeat cannot match"
        )


def _refuse_many_ways(tree: Any) -> None:
    if (choices := _choices(tree)) > MAX_CHOICES:
        raise PatternFault(
            f"{choices} optional parts and alternatives follow one another, more than "
            f"{MAX_CHOICES}: write several rules"
        )


def _refuse_in_trial(expression: re.Pattern[str], tree: Any) -> None:
    width = tree.getwidth()[0]
    for head, body in dict.fromkeys(_pumps(tree, "")):
        for lead, pump in dict.fromkeys([(head, body), ("", head + body)]):
            slow = _slow_text(expression, width, lead, pump)
            if slow and _many_steps(Machine.of(tree, expression.flags), width, lead, pump):
                raise PatternFault(
                    f"too slow for a text such as {slow[:24]!r}… of {len(slow)} characters: "
                    "bound its repeats, as in .{0,80}, or anchor it with ^"
                )


def _slow_text(expression: re.Pattern[str], width: int, lead: str, pump: str) -> str | None:
    """A text of many pumps that takes too long by the clock. `width` bytes that fit nothing
    follow, because `re` does not even look at a text shorter than the pattern's least width."""
    count, most = 2, max(2, (LONGEST - len(lead)) // len(pump))
    while True:
        text = lead + pump * count + _UNFIT * (width + 1)
        seconds = _seconds(expression, text)
        if seconds > _limit():
            return text
        if_quadratic = seconds * (LONGEST / len(text)) ** 2
        if count == most or (len(text) >= _TELLING and if_quadratic < _limit()):
            return None
        filling = width // len(pump)  # pumps that only fill the least width tell no growth
        further = int(filling + (count - filling) * _growth(seconds))
        count = min(most, max(count + (4 if seconds < _QUICK else 1), further))


def _many_steps(machine: Machine, width: int, lead: str, pump: str) -> bool:
    """Whether the steps for texts of ever more pumps grow beyond what `LONGEST` characters may
    take. A count that was cut off is a lower bound, so the growth before it counts as well."""
    steps, length, power = 1, 1, 0.0
    for doubling in range(int(math.log2(LONGEST))):
        text = lead + pump * 2**doubling + _UNFIT * (width + 1)
        taken = machine.steps(text, _COUNTED)
        grown = math.log(taken / steps) / math.log(len(text) / length)
        power = max(power, grown) if taken == _COUNTED else grown
        steps, length = taken, len(text)
        many: bool = steps * (LONGEST / length) ** power > _ALLOWED * LONGEST**2
        if steps == _COUNTED or length >= LONGEST or (length >= _TELLING and not many):
            return many
    return False


def _growth(seconds: float) -> float:
    """Factor to the next length: an exponential pattern takes `steps ** factor` steps for it."""
    steps = max(seconds / _STEP, 2)
    return min(2.0, math.log(2 * _limit() / _STEP) / math.log(steps))


@cache
def _limit() -> float:
    """Seconds one text may take: a multiple of what a quadratic pattern needs for a short one."""
    quadratic, text = re.compile(r"[^\W\d]+z"), "a" * 256
    return 500 * min(_seconds(quadratic, text) for _ in range(5))


def _seconds(expression: re.Pattern[str], text: str) -> float:
    start = time.thread_time()
    expression.search(text)
    return time.thread_time() - start


def _bodies(op: Any, argument: Any) -> list[Any]:
    """The sub-patterns a token holds."""
    match op.name:
        case "SUBPATTERN":
            bodies = [argument[3]]
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            bodies = [argument[2]]
        case "BRANCH" | "ASSERT" | "ASSERT_NOT":
            bodies = argument[1] if op.name == "BRANCH" else [argument[1]]
        case "ATOMIC_GROUP":
            bodies = [argument]
        case "GROUPREF_EXISTS":
            bodies = [part for part in argument[1:] if part is not None]
        case _:
            bodies = []
    return bodies


def _is_loop(op: Any, argument: Any) -> bool:
    return op.name in {"MAX_REPEAT", "MIN_REPEAT"} and argument[1] >= _MANY


def _nested(tree: Any) -> bool:
    """True when some loop's body can be matched by one inner loop alone."""
    return any(
        (_is_loop(op, argument) and _one_loop(argument[2]))
        or any(_nested(body) for body in _bodies(op, argument))
        for op, argument in tree
    )


def _one_loop(tree: Any) -> bool:
    least = tree.getwidth()[0]
    for index, (op, argument) in enumerate(tree):
        loops = _is_loop(op, argument) or (
            op.name in _BACKTRACKING and any(map(_one_loop, _bodies(op, argument)))
        )
        if loops and least == tree[index : index + 1].getwidth()[0]:
            return True
    return False


def _choices(tree: Any) -> int:
    """The most choices on one way through the tokens; a loop counts its body once."""
    total = 0
    for op, argument in tree:
        inner = max(map(_choices, _bodies(op, argument)), default=0)
        match op.name:
            case "BRANCH":
                total += 1 + inner
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, most, _ = argument
                times = most if most < _MANY else max(1, least)
                total += (least != most) + inner * times
            case _:
                total += inner
    return total


def _pumps(tree: Any, head: str) -> Iterator[tuple[str, str]]:
    """For every loop: a text that leads up to it, and texts its body matches."""
    for op, argument in tree:
        for body in _bodies(op, argument):
            yield from _pumps(body, head)
        if _is_loop(op, argument):
            yield from ((head, text) for text in _samples(argument[2]) if text)
        head += _sample([(op, argument)], _LETTERS, 0)


def _samples(body: Any) -> tuple[str, ...]:
    """Texts a loop's body matches: several when it can match in several ways."""
    if len(body) == 1 and not _bodies(*body[0]):
        return (_sample(body, _LETTERS, 0),)
    ways = ((letters, n) for letters in (_LETTERS, _LETTERS[::-1]) for n in range(_VARIANTS))
    return tuple(dict.fromkeys(_sample(body, letters, n) for letters, n in ways))


def _sample(tree: Any, letters: str, branch: int) -> str:
    """A short text the tokens match, optional parts included; zero-width tokens give nothing."""
    parts = []
    for op, argument in tree:
        match op.name:
            case "LITERAL":
                parts.append(chr(argument))
            case "NOT_LITERAL":
                parts.append(next(c for c in letters if ord(c) != argument))
            case "ANY":
                parts.append(letters[0])
            case "IN":
                parts.append(_member(argument, letters))
            case "BRANCH":
                choice = argument[1][branch % len(argument[1])]
                parts.append(_sample(choice, letters, branch))
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                times = min(max(argument[0], 1), 64)
                parts.append(_sample(argument[2], letters, branch) * times)
            case "SUBPATTERN" | "ATOMIC_GROUP":
                parts.append(_sample(_bodies(op, argument)[0], letters, branch))
    return "".join(parts)


def _member(items: list[Any], letters: str) -> str:
    """A character of the set: the first of `letters` in it, else one the set names."""
    named = [chr(v if o.name == "LITERAL" else v[0]) for o, v in items if o.name in _NAMED]
    return next((c for c in (*letters, *named) if _allows(items, c)), letters[0])


def _allows(items: list[Any], char: str) -> bool:
    negated: bool = items[0][0].name == "NEGATE"
    return negated != any(_fits(op.name, argument, char) for op, argument in items)


def _fits(kind: str, argument: Any, char: str) -> bool:
    match kind:
        case "LITERAL":
            return bool(argument == ord(char))
        case "RANGE":
            return bool(argument[0] <= ord(char) <= argument[1])
        case "CATEGORY":
            return _in_category(str(argument), char)
        case _:
            return False


def _in_category(name: str, char: str) -> bool:
    plain = name.replace("_NOT_", "_")
    inside: bool = _CLASSES[plain](char) if plain in _CLASSES else char.isalnum() or char == "_"
    return inside != ("_NOT_" in name)
