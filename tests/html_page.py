"""A page read back for tests: is it well formed, does it load anything, and what do its tables say?"""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "img", "br"}


class HtmlPage(HTMLParser):
    """Tables, headings and attributes of a page; what is wrong with its tags is in `faults`."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.tables: list[list[list[str]]] = []
        self.headings: list[tuple[str, str]] = []
        self.items: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.faults: list[str] = []
        self._open: list[str] = []
        self._parts: list[str] | None = None
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th", "h1", "h2", "h3", "h4", "li"):
            self._parts = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self._open[-1:]}")
            return
        self._open.pop()
        words = " ".join("".join(self._parts or []).split())
        if tag in ("td", "th"):
            self.tables[-1][-1].append(words)
        elif tag in ("h1", "h2", "h3", "h4"):
            self.headings.append((tag, words))
        elif tag == "li":
            self.items.append(words)

    def handle_data(self, data: str) -> None:
        if "style" in self._open or {"svg", "title"} <= set(self._open):
            return
        self.text += data.replace("\u00a0", " ")
        if self._parts is not None:
            self._parts.append(data)

    def values(self, name: str) -> list[str]:
        """All values of an attribute."""
        return [attributes[name] for _, attributes in self.tags if name in attributes]

    def table(self, head: str) -> dict[str, list[str]]:
        """The first table whose first column has that head: rows by their first cell."""
        found = next(table for table in self.tables if table[0][0] == head)
        return {row[0]: row[1:] for row in found}
