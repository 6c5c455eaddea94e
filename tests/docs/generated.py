"""Parts of the documents that follow from the registry. `python -m tests.docs.generated` renews."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from scanner.report import formats

ROOT = Path(__file__).parents[2]


def names() -> str:
    """The formats in one paragraph."""
    return ", ".join(f"`{name}`" for name in formats.known()) + "."


def table() -> str:
    """One row a format."""
    rows = ["| `-o` | for whom | holds | opened with | usual ending |", "|---|---|---|---|---|"]
    for name, each in formats.known().items():
        about = each.about
        folder = f", `{name}=DIR/`" if isinstance(each, formats.FolderFormat) else ""
        cells = (about.readers, about.holds, about.opened_with, f"`.{about.ending}`")
        rows.append(f"| `{name}=FILE`{folder} | {' | '.join(cells)} |")
    return "\n".join(rows)


PARTS: Mapping[Path, Callable[[], str]] = {
    ROOT / "README.md": names,
    ROOT / "docs" / "formats.md": table,
}
_PART = re.compile(r"(?<=<!-- formats -->\n).*?(?=\n<!-- /formats -->)", re.DOTALL)


def renewed(path: Path) -> str:
    """The document with its part written anew."""
    return _PART.sub(lambda _: PARTS[path](), path.read_text("utf-8"))


if __name__ == "__main__":
    for document in PARTS:
        document.write_text(renewed(document), "utf-8")
