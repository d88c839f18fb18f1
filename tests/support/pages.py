"""HTML read as a browser and a screen reader do, and what is wrong with it."""

from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from posixpath import dirname, join, normpath

VOID = {"meta", "link", "br", "hr", "img", "input", "path", "rect", "polyline", "circle"}
"""Elements without an end; those of SVG are closed where they begin."""

APART = {"br", "caption", "dd", "dt", "h1", "h2", "h3", "li", "p", "pre", "summary", "td", "th"}
"""Elements that a reader sees apart from what stands before them."""

LOADS = {"iframe", "image", "img", "link", "object", "script", "use"}
"""Elements that fetch something."""


class Page(HTMLParser):
    """One page: its text, its links, its structure, and its faults."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.links, self.ids = [], [], []
        self.faults: list[str] = []
        self.headings: list[int] = []
        self.loaded: list[str] = []
        """What the page would fetch."""
        self.tags: dict[str, int] = {}
        self._open: list[str] = []
        self._labels: list[str] = []
        self.feed(html)
        self.close()
        self._end()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags[tag] = self.tags.get(tag, 0) + 1
        if len(given) != len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        self.faults += _faults(tag, given)
        self.ids += [given["id"]] if "id" in given else []
        self._labels += (given.get("aria-labelledby") or "").split()
        self.links += [given.get("href", "")] if tag == "a" else []
        if tag in LOADS:
            self.loaded.append(given.get("href") or given.get("src") or tag)
        if tag in {"h1", "h2", "h3", "h4"}:
            self.headings.append(int(tag[1]))
        self.text += [" "] if tag in APART else []
        self._open += [] if tag in VOID else [tag]

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()} ends another element")

    def handle_data(self, data):
        if "title" not in self._open[-1:]:
            self.text.append(data)

    @property
    def words(self) -> str:
        """What a reader reads, white space folded."""
        return " ".join("".join(self.text).split())

    def _end(self):
        self.faults += [f"<{tag}> never ends" for tag in self._open]
        self.faults += [f"id {one} stands twice" for one in self.ids if self.ids.count(one) > 1]
        self.faults += [f"label {one} names nothing" for one in self._labels if one not in self.ids]
        if self.tags.get("table", 0) != self.tags.get("caption", 0):
            self.faults.append("a table without a caption")
        if self.headings[:1] != [1] or self.headings.count(1) != 1:
            self.faults.append(f"headings {self.headings}")
        steps = zip(self.headings, self.headings[1:], strict=False)
        self.faults += [f"h{a} leads to h{b}" for a, b in steps if b > a + 1]


def _faults(tag, given):
    yield from (f"<{tag}> has {name}" for name in given if name[:2] == "on" or name == "style")
    if tag == "html" and given.get("lang") != "en":
        yield "no language"
    if tag == "th" and "scope" not in given:
        yield "a head of a table without scope"
    if tag == "svg" and given.get("aria-hidden") != "true" and given.get("role") != "img":
        yield "a picture that is neither hidden nor named"


def dead_links(pages: Mapping[str, str]) -> Iterator[str]:
    """Yield every link and file that a page names and that is not there."""
    read = {path: Page(html) for path, html in pages.items() if path.endswith(".html")}
    for path, page in read.items():
        for link in (*page.links, *page.loaded):
            place, _, part = link.partition("#")
            if link == "data:,":
                continue
            target = normpath(join(dirname(path), place)) if place else path
            if target not in pages:
                yield f"{path}: {link}"
            elif part and part not in read[target].ids:
                yield f"{path}: {link} names no part"
