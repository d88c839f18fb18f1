"""The pages of a site: each a whole HTML file that works from a disk, without JavaScript.

What is held out is taken out of everything that a page shows (documents/html).
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from modelsmith import __version__
from modelsmith.documents.html import page_templates
from modelsmith.documents.markdown import visible
from modelsmith.exam.authoring.coverage import coverage_of
from modelsmith.exam.authoring.scenario_page import decider_words, term_words
from modelsmith.exam.benchmark import Exam
from modelsmith.exam.prompt import prompt_for
from modelsmith.exam.redaction import Redaction
from modelsmith.exam.scenario import Split
from modelsmith.exam.verdict import pass_words
from modelsmith.judges.certification import judges_page
from modelsmith.loop.status import (
    SOME_STAND_INS,
    STAND_IN_WORDS,
    RunStatus,
    remedy_words,
    stand_in_words,
    status_of,
)
from modelsmith.site import run_page
from modelsmith.site.charts import bar
from modelsmith.site.model import RunStory, Site, sealed_scores, waits
from modelsmith.statistics.cost_and_latency_page import histogram, seconds
from modelsmith.statistics.formatting import figure_words, flaws, share, spread

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
STYLE = "style.css"

TYPES: Mapping[str, str] = {
    "tp": "there is a problem, and a right answer flags it",
    "tn": "there is no problem, and a right answer says so",
    "fp-guard": "it looks like a problem and is none",
    "fn-guard": "it looks harmless and is a problem",
}
"""What an outcome type means, in the words of exam/scenario.py."""

TO_MINUTES, TO_HOURS = 120, 7_200
"""Seconds from which minutes, and then hours, are easier to read."""


def site_pages(site: Site) -> dict[str, str]:
    """Return the text of every page by its path; the same records give the same text."""
    pages = _Pages(site)
    found = {STYLE: (TEMPLATES / STYLE).read_text(encoding="utf-8")}
    found["index.html"] = pages.page("index", 0, waits=list(waits(site)))
    for exam in site.exams:
        domain = exam.benchmark.domain
        found[f"benchmarks/{domain}/index.html"] = pages.exam(exam)
        for scenario in exam.train:
            found[f"benchmarks/{domain}/{scenario.id}.html"] = pages.page(
                "scenario",
                2,
                exam=exam,
                scenario=scenario,
                prompt=prompt_for(exam.benchmark, scenario),
                passing=pass_words(scenario),
                relatives=[
                    s for s in exam.train if s.family == scenario.family and s is not scenario
                ],
            )
    for run in site.runs:
        found[f"runs/{run.name}.html"] = pages.run(run)
    for record in site.promotions:
        lineage = record.lineage
        place = f"promotions/{lineage.specialist}/{lineage.version}.html"
        over = site.overridden.get(f"{lineage.specialist}/{lineage.version}", "")
        scored = sealed_scores(record)
        found[place] = pages.page("promotion", 2, record=record, scored=scored, overridden=over)
    return dict(sorted(found.items()))


class _Pages:
    """The templates, and what all pages know."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._environment = _environment(site.withheld)
        self._status = {run.name: _status(run) for run in site.runs}
        self._published = {
            scenario.id: f"benchmarks/{exam.benchmark.domain}/{scenario.id}.html"
            for exam in site.exams
            for scenario in exam.train
        }

    def page(self, name: str, depth: int, **more: Any) -> str:  # noqa: ANN401 - what a template asks
        """Return one page.

        Args:
            name: Its template.
            depth: Folders between the site's top and the page.
            more: What it is about.
        """
        return self._environment.get_template(f"{name}.html.j2").render(
            site=self._site,
            status=self._status,
            pages=self._published,
            top="../" * depth,
            version=__version__,
            **more,
        )

    def exam(self, exam: Exam) -> str:
        """Return the page of a benchmark."""
        matrices = {s.value: coverage_of(exam.benchmark, exam.split(s)) for s in Split}
        runs = [
            run
            for run in self._site.runs
            if run.config and run.config.benchmark == exam.benchmark.domain
        ]
        return self.page("benchmark", 2, exam=exam, matrices=matrices, runs=runs)

    def run(self, run: RunStory) -> str:
        """Return the page of a run."""
        gates = [step.gate for step in run.steps if step.gate]
        assessed = [step.assessment for step in run.steps if step.assessment]
        return self.page(
            "run",
            1,
            run=run,
            now=self._status[run.name],
            scores=run_page.scores(run),
            trainings=list(run_page.trainings(run)),
            clusters=list(run_page.clusters(run)),
            assessed=assessed,
            gate=gates[-1] if gates else None,
            judged=[step for step in reversed(run.steps) if step.judging],
            evidence=run_page.evidence(run),
        )


def _status(run: RunStory) -> RunStatus | None:
    if run.config is None or run.fault:
        return None
    return status_of(run.name, run.config, run.entries, None)


def _environment(withheld: Redaction) -> "Environment":
    environment = page_templates(TEMPLATES, lambda text: visible(withheld.taken_out_of(text)))
    environment.filters |= {
        "share": share,
        "spread": spread,
        "spoken": figure_words,
        "duration": duration,
        "written": written,
    }
    environment.globals |= {
        "bar": bar,
        "terms": term_words,
        "decided_by": decider_words,
        "type_words": TYPES,
        "stand_in_words": STAND_IN_WORDS,
        "some_stand_ins": SOME_STAND_INS,
        "stand_ins_of": stand_in_words,
        "remedy_words": remedy_words,
        "histogram": histogram,
        "seconds": seconds,
        "flaws": flaws,
        "facts_words": run_page.facts_words,
        "judging_columns": judges_page.COLUMNS,
        "judging_cells": judges_page.judging_cells,
    }
    return environment


def written(value: JsonValue) -> str:
    """Return a value of a scenario file; what is more than text or a figure as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def duration(seconds: float | None) -> str:
    """Return a duration as people say it."""
    if seconds is None:
        return ""
    if seconds < TO_MINUTES:
        return f"{seconds:.1f} s"
    if seconds < TO_HOURS:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / 3600:.1f} h"
