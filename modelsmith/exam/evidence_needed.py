"""How much of an exam a promotion asks for; the gate refuses less, and an author is told before."""

from modelsmith.exam.benchmark import Benchmark

LEAST_FAMILIES = 12
"""Sealed families below which nothing is promoted (research: evalscience, section 3.4; at 12 the
jackknife bound errs in 6 % of null cases, below it is worse)."""

LEAST_PER_TYPE = 3
"""Families of each outcome type (section 3.4): without tn and fp-guard, always flagging wins."""

UNSCORED_LIMIT = 0.10
"""Largest share of unscored answers of any system (section 3.5)."""

LEAST_CRITERIA = 60
"""Labelled criteria below which no grader is certified: at 30 + 30 a grader of .95/.95 passes in
97 % of exams and one of .80/.80 in 7 % (section 1.5, S-5d)."""

SEVERAL_ATTEMPTS_FROM = 60
"""Sealed families from which more than one attempt is allowed (section 3.3)."""


def allowed_attempts(benchmark: Benchmark, families: int) -> int:
    """Return how many attempts a sealed version of so many families allows."""
    return benchmark.attempts if families >= SEVERAL_ATTEMPTS_FROM else 1
