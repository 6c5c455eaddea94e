"""Steps a backtracking matcher takes: the same number on every machine, busy or idle.

A small matcher over the syntax tree of `re`: it tries what `re` tries, in the same order, without
the shortcuts, and counts. Far too slow for work, exact enough to tell how a pattern's cost grows.
"""

import importlib
from dataclasses import dataclass, field
from typing import Any, NamedTuple

_compiler: Any = importlib.import_module("re._compiler")  # compiles one token of a syntax tree

_UNCOUNTED = 10**9
_ENDLESS = 256
"""Times from which on a repeat is taken as unbounded."""
_FIRST_LOOP = 1000
"""From here on, keys of where loops began; numbers of groups are lower."""
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT"})
_LOOKS = frozenset({"ASSERT", "ASSERT_NOT"})
_WHOLE = frozenset({"ATOMIC_GROUP", "POSSESSIVE_REPEAT"})


_Point = tuple[int, int, dict[int, int]]
"""Next instruction (-1: failed), position in the text, groups."""


class _Instruction(NamedTuple):
    name: str
    target: int = 0
    other: int = 0
    inner: Any = None


class _Spent(Exception):
    """The steps are used up."""


@dataclass(slots=True)
class Machine:
    """The program of one pattern; `steps` searches a text with it."""

    program: list[_Instruction] = field(default_factory=list)

    @classmethod
    def of(cls, tree: Any, flags: int) -> "Machine":
        """The machine for a syntax tree with the pattern's flags."""
        machine = cls()
        machine._tokens(tree, flags)
        machine._add("match")
        return machine

    def steps(self, text: str, most: int) -> int:
        """Steps of searching the text; `most` when it takes as many or more."""
        counter = _Counter(text, most)
        try:
            counter.search(self.program)
        except _Spent:
            return most
        return counter.taken

    def search(self, text: str) -> tuple[int, int] | None:
        """Where the first match begins and ends, as `re` says it."""
        return _Counter(text, _UNCOUNTED).search(self.program)

    def _add(self, name: str, target: int = 0, other: int = 0, inner: Any = None) -> int:
        self.program.append(_Instruction(name, target, other, inner))
        return len(self.program) - 1

    def _aim(self, at: int, target: int, other: int) -> None:
        self.program[at] = self.program[at]._replace(target=target, other=other)

    def _tokens(self, tree: Any, flags: int) -> None:
        for index, (op, argument) in enumerate(tree):
            if op.name in _REPEATS:
                self._repeat(argument, flags, lazy=op.name == "MIN_REPEAT")
            elif op.name in _LOOKS:
                self._look(op.name, argument, flags)
            elif op.name in _WHOLE:
                body = argument if op.name == "ATOMIC_GROUP" else tree[index : index + 1]
                self._add("whole", inner=Machine._inner(op.name, body, flags))
            elif op.name == "SUBPATTERN":
                self._group(argument, flags)
            elif op.name == "BRANCH":
                self._branch(argument[1], flags)
            elif op.name == "GROUPREF":
                self._add("reference", argument)
            elif op.name == "GROUPREF_EXISTS":
                self._condition(argument, flags)
            else:
                kind = "at" if op.name == "AT" else "character"
                one = _compiler.compile(tree[index : index + 1], flags)
                self._add(kind, inner=one)

    @staticmethod
    def _inner(name: str, body: Any, flags: int) -> list[_Instruction]:
        machine = Machine()
        if name == "POSSESSIVE_REPEAT":
            machine._repeat(body[0][1], flags, lazy=False)
        else:
            machine._tokens(body, flags)
        machine._add("match")
        return machine.program

    def _group(self, argument: Any, flags: int) -> None:
        group, added, removed, body = argument
        if group is not None:
            self._add("open", group)
        self._tokens(body, (flags | added) & ~removed)
        if group is not None:
            self._add("close", group)

    def _look(self, name: str, argument: Any, flags: int) -> None:
        direction, body = argument
        back = body.getwidth()[0] if direction < 0 else 0
        inner = Machine._inner(name, body, flags)
        self._add("look", back, int(name == "ASSERT_NOT"), inner)

    def _branch(self, ways: list[Any], flags: int) -> None:
        leaps = []
        for way in ways[:-1]:
            split = self._add("split")
            self._tokens(way, flags)
            leaps.append(self._add("jump"))
            self._aim(split, split + 1, len(self.program))
        self._tokens(ways[-1], flags)
        for leap in leaps:
            self._aim(leap, len(self.program), 0)

    def _condition(self, argument: Any, flags: int) -> None:
        group, yes, no = argument
        test = self._add("exists", inner=group)
        self._tokens(yes, flags)
        leap = self._add("jump")
        self._aim(test, test + 1, len(self.program))
        if no is not None:
            self._tokens(no, flags)
        self._aim(leap, len(self.program), 0)

    def _repeat(self, argument: Any, flags: int, *, lazy: bool) -> None:
        least, most, body = argument
        for _ in range(min(least, _ENDLESS)):
            self._tokens(body, flags)
        if most >= _ENDLESS:
            self._loop(body, flags, lazy=lazy)
            return
        splits = []
        for _ in range(most - least):
            splits.append(self._add("split"))
            self._turn(body, flags, None)
        for split in splits:
            self._fork(split, lazy=lazy)

    def _loop(self, body: Any, flags: int, *, lazy: bool) -> None:
        split = self._add("split")
        self._turn(body, flags, split)
        self._fork(split, lazy=lazy)

    def _turn(self, body: Any, flags: int, back: int | None) -> None:
        """One time through a repeat's body; a time that matched nothing is not repeated."""
        if body.getwidth()[0]:
            self._tokens(body, flags)
        else:
            begin = self._add("begin")
            self._tokens(body, flags)
            self._add("moved", begin)
        if back is not None:
            self._add("jump", back)

    def _fork(self, split: int, *, lazy: bool) -> None:
        ways = (split + 1, len(self.program))
        self._aim(split, *(reversed(ways) if lazy else ways))


@dataclass(slots=True)
class _Counter:
    text: str
    most: int
    taken: int = 0

    def search(self, program: list[_Instruction]) -> tuple[int, int] | None:
        for start in range(len(self.text) + 1):
            if (end := self.run(program, start, {})) is not None:
                return start, end
        return None

    def run(self, program: list[_Instruction], start: int, groups: dict[int, int]) -> int | None:
        """Where the program's first match from `start` ends, or None."""
        waiting = [(0, start, groups)]
        while waiting:
            here, at, groups = waiting.pop()
            while here >= 0:
                self.taken += 1
                if self.taken >= self.most:
                    raise _Spent
                now = program[here]
                if now.name == "match":
                    return at
                if now.name == "split":
                    waiting.append((now.other, at, groups))
                    here = now.target
                elif now.name == "character":
                    fits = at < len(self.text) and now.inner.match(self.text, at)
                    here, at = (here + 1, at + 1) if fits else (-1, at)
                else:
                    here, at, groups = self._rarer(now, here, at, groups)
        return None

    def _rarer(self, now: _Instruction, here: int, at: int, groups: dict[int, int]) -> _Point:
        """A group's end is kept under its number, its begin under that negated."""
        match now.name:
            case "jump":
                point = now.target, at, groups
            case "open":
                point = here + 1, at, {**groups, -now.target: at}
            case "close":
                point = here + 1, at, {**groups, now.target: at}
            case "begin":
                point = here + 1, at, {**groups, _FIRST_LOOP + here: at}
            case "moved":
                point = self._if(groups[_FIRST_LOOP + now.target] < at, here, at, groups)
            case "exists":
                point = (now.target if now.inner in groups else now.other), at, groups
            case "at":
                point = self._if(now.inner.match(self.text, at), here, at, groups)
            case "look":
                point = self._if(self._looks(now, at, groups), here, at, groups)
            case "whole":
                end = self.run(now.inner, at, groups)
                point = self._if(end is not None, here, end or 0, groups)
            case _:
                point = self._reference(now.target, here, at, groups)
        return point

    def _if(self, fits: Any, here: int, at: int, groups: dict[int, int]) -> _Point:
        return (here + 1 if fits else -1), at, groups

    def _looks(self, now: _Instruction, at: int, groups: dict[int, int]) -> bool:
        begin = at - now.target
        seen = begin >= 0 and self.run(now.inner, begin, groups) is not None
        return seen != bool(now.other)

    def _reference(self, group: int, here: int, at: int, groups: dict[int, int]) -> _Point:
        said = self.text[groups[-group] : groups[group]] if group in groups else None
        fits = said is not None and self.text.startswith(said, at)
        return self._if(fits, here, at + len(said or ""), groups)
