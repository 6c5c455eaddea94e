"""Make the font that PDF reports carry, and the table of characters they can show.

    apt-get install fonts-wqy-microhei; pip install fonttools
    python tools/make_fonts.py /usr/share/fonts/truetype/wqy/wqy-microhei.ttc

WenQuanYi Micro Hei is Apache-2.0 (or GPL-3 with font exception); scanner/report/fonts/LICENSE.txt.
Its everyday Chinese, Japanese and Korean characters are kept, the rest is dropped.
"""

import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import typst

FOLDER = Path(__file__).parents[1] / "scanner" / "report" / "fonts"
EVERYDAY = (
    ("gb2312", range(0xA1, 0xF8), range(0xA1, 0xFF)),
    ("big5", range(0xA1, 0xC7), range(0x40, 0xFF)),
    ("euc_jp", range(0xA1, 0xD0), range(0xA1, 0xFF)),
)
"""Rows of the older national standards that hold what is in daily use."""
HANGUL = range(0xAC00, 0xD7A4)
LETTERS = (*range(0x20, 0x2E80), *range(0xFB00, 0xFFFE))
"""Where the other scripts and signs lie; probing what no font holds takes long."""


def everyday() -> set[str]:
    """Characters of daily use in Chinese, Japanese and Korean writing."""
    found = {chr(code) for code in HANGUL}
    for codec, firsts, seconds in EVERYDAY:
        for first in firsts:
            for second in seconds:
                found.update(bytes((first, second)).decode(codec, "ignore"))
    return found


def cut(font: str) -> None:
    """Write the font with the everyday characters only."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as wanted:
        wanted.write("".join(sorted(everyday())))
        wanted.flush()
        subprocess.run(
            [
                "pyftsubset", font, "--font-number=0", f"--text-file={wanted.name}",
                f"--output-file={FOLDER / 'cjk.ttf'}", "--layout-features=", "--no-hinting",
                "--name-IDs=*", "--notdef-outline",
            ],
            check=True,
        )  # fmt: skip


def shown(characters: Sequence[str]) -> Iterator[str]:
    """Those of the characters for which a PDF/A with our fonts is not refused."""
    if not characters:
        return
    if _displays(characters):
        yield from characters
    elif len(characters) > 1:
        middle = len(characters) // 2
        yield from shown(characters[:middle])
        yield from shown(characters[middle:])


def _displays(characters: Sequence[str]) -> bool:
    codes = ", ".join(str(ord(c)) for c in characters)
    source = f"#for c in ({codes},) [#str.from-unicode(c) #h(1pt)]"
    try:
        typst.compile(
            source.encode(),
            font_paths=typst.Fonts(include_system_fonts=False, font_paths=[FOLDER]),
            ignore_system_fonts=True,
            pdf_standards="a-2u",
        )
    except typst.TypstError:
        return False
    return True


def ranges(characters: Iterable[str]) -> Iterator[str]:
    """`4e00-4e03` or `4e05`, one a run of neighbours."""
    runs: list[list[int]] = []
    for code in sorted(map(ord, characters)):
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    for first, last in runs:
        yield f"{first:04x}-{last:04x}" if last > first else f"{first:04x}"


def main() -> None:
    """Both files anew."""
    FOLDER.mkdir(exist_ok=True)
    cut(sys.argv[1])
    wanted = sorted({*map(chr, LETTERS), *everyday()})
    seen = [c for c in wanted if unicodedata.category(c)[0] not in "CM"]
    blocks = (seen[start : start + 256] for start in range(0, len(seen), 256))
    table = ranges(chain.from_iterable(map(shown, blocks)))
    (FOLDER / "glyphs.txt").write_text("\n".join(table) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
