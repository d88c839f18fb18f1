"""What must not be published: the words and the names of scenarios that are held out.

A page of results quotes criteria and names families. Where one of them is held out, a reader who
learns it, or a model that is trained on the page, has seen the exam.
"""

import re
from collections.abc import Iterable, Iterator

from modelsmith.exam.conversation import Conversation
from modelsmith.exam.scenario import Scenario, Table, family_of

IN_PLACE = "(held out)"
"""What stands where something was taken out."""

LEAST = 12
"""Characters of the shortest sentence that is looked for. A shorter one ("Reads it.") says nothing
of a scenario; a criterion has eight and more."""

NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_{1,2}[A-Z0-9]+)+")
"""What may be a scenario's id (exam/scenario.py, SCENARIO_ID), within a text."""

SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'])")
"""Where a part begins that may be quoted alone."""

BEGINNING = re.compile(r"(?<!\w)\w|(?<!\w)[^\w\s]")
"""Where a sentence may begin."""


class Redaction:
    """Takes held-out words and names out of any text."""

    def __init__(self, held_out: Iterable[Scenario], published: Iterable[Scenario]) -> None:
        """Know what is held out.

        Args:
            held_out: Scenarios that nobody may read.
            published: Scenarios that are open; what they say too is no secret.
        """
        shown = list(published)
        open_names = {name for scenario in shown for name in _names(scenario)}
        open_words = {words for scenario in shown for words in _sentences(scenario)}
        self._names: set[str] = set()
        self._sentences: dict[str, set[str]] = {}
        for scenario in held_out:
            self._names |= _names(scenario) - open_names
            for words in _sentences(scenario):
                if words not in open_words:
                    self._sentences.setdefault(words[:LEAST], set()).add(words)

    def taken_out_of(self, text: str) -> str:
        """Return `text` with each held-out sentence and name replaced."""
        if not self._names:
            return text
        return NAME.sub(self._name, self._without_sentences(text))

    def _without_sentences(self, text: str) -> str:
        parts, done = list[str](), 0
        for found in BEGINNING.finditer(text):
            at = found.start()
            if at < done:
                continue
            known = self._sentences.get(text[at : at + LEAST], ())
            longest = max((len(words) for words in known if text.startswith(words, at)), default=0)
            if longest:
                parts += [text[done:at], IN_PLACE]
                done = at + longest
        return "".join([*parts, text[done:]])

    def _name(self, found: re.Match[str]) -> str:
        return IN_PLACE if {found[0], family_of(found[0])} & self._names else found[0]


def _names(scenario: Scenario) -> set[str]:
    return {scenario.id, scenario.family}


def _sentences(scenario: Scenario) -> Iterator[str]:
    """Yield what a scenario says, by sentences and by lines, the short ones left out."""
    given = scenario.domain_input
    texts = [scenario.description, scenario.test_objective, scenario.input_text()]
    texts += [criterion.text for criterion in scenario.criteria().values()]
    texts += [level for one in scenario.pass_criteria for level in one.levels or ()]
    if isinstance(given, Conversation):
        texts += [turn.text for turn in given.turns]
    if isinstance(given, Table):
        texts += [line.partition(": ")[2] for line in given.rendered().splitlines()]
    for text in texts:
        for line in text.splitlines():
            for words in (line, *SENTENCE_END.split(line)):
                shown = words.strip()
                bare = shown.rstrip(".!?")
                yield from (one for one in (shown, bare) if len(one) >= LEAST)
