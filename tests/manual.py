"""The pages of the manual, taken apart into blocks, words in backticks and links."""

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    line: int
    language: str
    text: str

    def commands(self) -> list[str]:
        """The lines of a bash block."""
        return self.text.splitlines() if self.language == "bash" else []


def blocks(page: Path) -> list[Block]:
    text = page.read_text()
    return [Block(text.count("\n", 0, fence.start()) + 1, fence[1], dedent(fence[2])) for fence in FENCE.finditer(text)]


def prose(page: Path) -> str:
    """The text outside of fenced blocks."""
    return FENCE.sub("", page.read_text())


def quoted(page: Path) -> list[str]:
    """What stands in backticks outside of fenced blocks."""
    return re.findall(r"`([^`\n]+)`", prose(page))
