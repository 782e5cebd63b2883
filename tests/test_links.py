"""Every link in the documents leads to a file and to a heading that are there; every row of a table is whole."""

import re
from collections.abc import Iterator
from pathlib import Path

LINK = re.compile(r"\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]+))?\)")
FENCED = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
TABLE = re.compile(r"^\|.*\n\|[-:| ]+\|\n(?:.*\S.*\n)*", re.MULTILINE)
BETWEEN = re.compile(r"(?<!\\)\|")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def documents(root: Path) -> Iterator[Path]:
    yield from root.glob("*.md")
    for room in ("docs", "specs"):
        yield from (root / room).rglob("*.md")


def anchors(document: Path) -> set[str]:
    """As the pages of a repository make them of headings."""
    text = FENCED.sub(lambda code: code[0] if "\n" not in code[0] else "", document.read_text("utf-8"))
    titles = {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in HEADING.findall(text)}
    return titles | set(re.findall(r'<a id="([^"]+)">', text))


def test_every_link_leads_somewhere(root: Path) -> None:
    broken = []
    seen = 0
    for document in documents(root):
        for path, anchor in LINK.findall(FENCED.sub("", document.read_text("utf-8"))):
            seen += 1
            target = (document.parent / path) if path else document
            if not target.exists() or (anchor and anchor not in anchors(target)):
                broken.append(f"{document.relative_to(root)}: {path}#{anchor}")
    assert seen > 50
    assert broken == []


def test_every_row_of_a_table_is_one_line_with_all_its_cells(root: Path) -> None:
    broken = []
    for document in documents(root):
        for table in TABLE.findall(FENCED.sub("code", document.read_text("utf-8"))):
            head, *rows = table.splitlines()
            cells = len(BETWEEN.findall(head))
            broken += [row for row in rows if (row[0], row[-1], len(BETWEEN.findall(row))) != ("|", "|", cells)]
    assert broken == []
