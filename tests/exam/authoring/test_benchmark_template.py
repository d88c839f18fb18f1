"""A new benchmark's file: read again, it is the benchmark that was chosen."""

from hypothesis import given
from hypothesis import strategies as st

from modelsmith.documents.validation import record_in
from modelsmith.exam.authoring.benchmark_template import benchmark_text
from modelsmith.exam.benchmark import AnswerFormat, Benchmark, Category, Mechanic
from modelsmith.exam.checks.answer_form import ChoiceField, FiguresField, SetField, TextField

FIELDS = (
    FiguresField(name="EVIDENCE", at_most=3, directions=True),
    TextField(name="CAUSE", opens=("Says that ", "Names: ")),
    SetField(name="TEAMS", choices=("network", "storage"), at_most=2),
    ChoiceField(name="SEVERITY", choices=("low", "high")),
    ChoiceField(name="VERDICT", clear="no-issue"),
)
CATEGORIES = {
    "DEPLOYS": Category(title="Deploys: gone wrong", verdicts=("bad-release", "no-issue")),
    "UPDATES": Category(title="Updates", free_text=True),
}


def benchmark(**changes):
    chosen = {
        "domain": "cloud-incidents",
        "title": "Cloud incidents",
        "owner": "team/owners",
        "version": 1,
        "canary": "7c1f6d0e-52b4-4f0a-9b6e-3d8a41c2e957",
        "mechanic": Mechanic(
            field="incidentMechanic",
            schema={
                "type": "object",
                "additionalProperties": False,
                "required": ["layer"],
                "properties": {"layer": {"enum": ["on", "1.5", "network"]}},
            },
        ),
        "lenses": ("on-call", "head of IT: duty"),
        "categories": CATEGORIES,
        "answer_format": AnswerFormat(instruction="Answer as an engineer.", fields=FIELDS),
    }
    return Benchmark(**chosen | changes)


def read(text):
    return record_in("benchmark.yaml", text.encode(), Benchmark)


def test_every_kind_of_field_is_read_again():
    assert read(benchmark_text(benchmark())) == benchmark()


def test_free_text_and_another_language_are_read_again():
    plain = AnswerFormat(instruction="Antworte mit eigenen Worten.")
    told = benchmark(
        language="no",
        answer_format=plain,
        categories={"ANY": Category(title="Any")},
    )
    assert read(benchmark_text(told)) == told


@given(
    st.text(st.characters(exclude_categories=("C", "Z")) | st.just(" "), min_size=3, max_size=40)
)
def test_whatever_text_people_choose_is_read_again(text):
    if len(text.strip()) < 3:
        return
    told = benchmark(title=text, owner=text, lenses=(text,))
    assert read(benchmark_text(told)) == told
