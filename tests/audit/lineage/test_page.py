"""A lineage for people and for Mermaid: what it says, and that nothing in it is obeyed."""

import json
import re

from modelsmith.audit.lineage.graph import Graph, Kind
from modelsmith.audit.lineage.page import FORMATS, MOST_EDGES

HOSTILE = 'Eve "]; click n0 href "https://x" <b>|`#\\\x1b[31m <eve@x.org>'


def a_lineage():
    graph = Graph()
    person = graph.add(Kind.PERSON, "eve@x.org", HOSTILE)
    scenario = graph.add(Kind.SCENARIO, f"A_B@{'1' * 64}", "A_B 111", {"split": "train"})
    adapter = graph.add(Kind.ADAPTER, "2" * 64, "adapter 222")
    graph.join(person, scenario, "wrote", "c" * 40)
    graph.join(person, scenario, "wrote", "d" * 40)
    graph.join(scenario, adapter, "was made into")
    return graph.around("A_B", [scenario], ["run x: broken"])


def test_text_says_both_directions_and_what_is_missing():
    assert FORMATS["text"](a_lineage()).splitlines() == [
        "scenario: A_B 111",
        "    split train",
        (
            '    <- Eve "]; click n0 href "https://x" <b>|`#\\\\u001b[31m <eve@x.org> wrote '
            "(cccccccccccc, dddddddddddd)"
        ),
        "",
        "comes from",
        '  person: Eve "]; click n0 href "https://x" <b>|`#\\\\u001b[31m <eve@x.org>',
        "",
        "went into",
        "  adapter: adapter 222",
        "      <- A_B 111 was made into",
        "LEFT OUT: run x: broken",
    ]


def test_json_is_the_record():
    told = json.loads(FORMATS["json"](a_lineage()))
    assert told["starts"] == [f"scenario:A_B@{'1' * 64}"]
    assert [edge["how"] for edge in told["edges"]] == ["wrote", "wrote", "was made into"]


NODE = r'  n\d+\["[^"\n]*"\]'
ARROW = r'  n\d+ -->\|"[^"\n|]*"\| n\d+'
REST = r"  %% .*|  classDef asked stroke-width:3px|  class n\d+(,n\d+)* asked"


def test_mermaid_is_a_flowchart_in_which_no_name_is_obeyed():
    first, *lines = FORMATS["mermaid"](a_lineage()).splitlines()
    assert first == "flowchart LR"
    assert all(re.fullmatch(f"{NODE}|{ARROW}|{REST}", line) for line in lines)
    (eve,) = [line for line in lines if "Eve" in line]
    label = eve.partition('"')[2].rpartition('"')[0]
    assert not set(label) & set('"<>`|\\')
    assert "#quot;]#59; click" in label
    assert sum("wrote" in line for line in lines) == 1  # the same act by two commits


def test_mermaid_says_when_there_is_more_than_it_draws():
    graph = Graph()
    adapter = graph.add(Kind.ADAPTER, "2" * 64, "adapter")
    for number in range(MOST_EDGES + 1):
        graph.join(graph.add(Kind.PERSON, f"{number}@x.org", f"P{number}"), adapter, "wrote")
    shown = FORMATS["mermaid"](graph.around("x", [adapter], []))
    assert "  %% 501 arrows: raise maxEdges of Mermaid, 500 by default" in shown.splitlines()
