"""A pasted CSV as a table: what it is read as, what is asked back, what is refused."""

import pytest

from modelsmith.exam.authoring.pasted_table import table_in


def read(text, ticket=""):
    found, problems = table_in("data.csv", text, ticket)
    assert problems == []
    return found


def column(text, number=1, ticket=""):
    return [row[number] for row in read(text, ticket).table.rows]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (['"1,234,567"', '"1,234"'], [1234567, 1234]),
        (['"1,234.50"', "7"], [1234.5, 7]),
        (['"1.234,5"', '"0,5"'], [1234.5, 0.5]),
        (["97.5%", "8%"], [97.5, 8]),
        (["1 250 GB", "0.8 GB"], [1250, 0.8]),
        (["-3.5", "+2"], [-3.5, 2]),
        (["$1.50", "$2.00"], [1.5, 2.0]),
    ],
)
def test_figures_are_read_as_they_can_only_be_meant(cells, values):
    assert column("day,x\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate(cells))) == values


def test_a_unit_goes_into_the_columns_name():
    table = read('node,load,share (%)\na,"1,250 GB",45%\nb,0.8 GB,4.5%\n').table
    assert table.columns == ("node", "load_gb", "share_pct")


def test_a_figure_of_two_meanings_is_asked_back_and_left():
    found = read('day,x\n1,"1,234"\n2,"5,678"\n')
    assert column('day,x\n1,"1,234"\n2,"5,678"\n') == ["1,234", "5,678"]
    assert found.questions == ("is `1,234` 1234 or 1.234? Such figures were left as they are",)


def test_the_ticket_shows_how_figures_are_written():
    text = 'day,x\n1,"1,234"\n2,"5,678"\n'
    assert column(text, ticket="the ratio was 2.20 % then") == [1234, 5678]
    assert column(text, ticket="le taux est de 2,2 %") == [1.234, 5.678]


def test_numbers_of_versions_are_no_figures():
    assert column("pump,sw\na,4.12\nb,4.10\n") == ["4.12", "4.10"]
    found = read("pump,x\na,4.7\nb,4.10\n")
    assert [row[1] for row in found.table.rows] == ["4.7", "4.10"]
    assert found.questions == ("x: figures, or numbers of versions? They were left as they are",)


@pytest.mark.parametrize(
    ("heading", "cells", "dates"),
    [
        ("day (dd/mm/yyyy)", ["03/02/2021", "04/02/2021"], ["2021-02-03", "2021-02-04"]),
        ("day (mm/dd/yyyy)", ["03/02/2021", "04/02/2021"], ["2021-03-02", "2021-04-02"]),
        ("day", ["03/02/2021", "25/02/2021"], ["2021-02-03", "2021-02-25"]),
        ("day", ["03/02/2021", "02/25/2021"], ["2021-03-02", "2021-02-25"]),
        ("day", ["25-Aug-2021", "12 Sept 2014"], ["2021-08-25", "2014-09-12"]),
        ("day", ["3 f\u00e9vrier 2021", "4 M\u00e4rz 2021"], ["2021-02-03", "2021-03-04"]),
        ("month (mm/yyyy)", ["11/2025", "12/2025"], ["2025-11", "2025-12"]),
        ("day (dd/mm/yyyy hh:mm)", ["03/02/2021 18:00", "x"], ["2021-02-03 18:00", "x"]),
    ],
)
def test_dates_are_read_where_they_mean_one_day(heading, cells, dates):
    text = f"{heading},x\n" + "".join(f"{cell},1\n" for cell in cells)
    assert column(text, 0) == dates
    assert read(text).table.columns[0] in {"day", "month"}


def test_a_date_of_two_meanings_is_asked_back_and_left():
    found = read("pump,bought\na,2020-01-30\nb,05/06/2020\n")
    assert [row[1] for row in found.table.rows] == ["2020-01-30", "05/06/2020"]
    assert found.questions == (
        "bought: is `05/06/2020` day 5 of month 6, or day 6 of month 5? It was left as it is",
    )


def test_an_empty_cell_is_told_with_its_row_and_never_filled():
    found = read("pump,flow\nNorth,44\nSouth,\n")
    assert found.table.rows[1] == ("South", "")
    assert found.questions == ("flow: nothing stands in row 2 (South): is it to stay so?",)


def test_a_word_among_figures_stays_and_is_asked_about():
    found = read("pump,load\nA,45%\nB,hardly any\n")
    assert [row[1] for row in found.table.rows] == [45, "hardly any"]
    assert found.questions == ("load_pct: `hardly any` is no figure: is it to stay so?",)


def test_units_of_one_kind_side_by_side_are_asked_about_and_not_converted():
    found = read("pump,pressure,unit of it\nA,44,psi\nB,3,bar\n")
    assert [row[1] for row in found.table.rows] == [44, 3]
    assert found.questions == (
        "psi and bar stand side by side: are they to stay as they are, for the model to convert?",
    )


def test_figures_of_several_units_in_one_column_are_left():
    found = read("node,load\na,3 GB\nb,7 MB\n")
    assert [row[1] for row in found.table.rows] == ["3 GB", "7 MB"]
    assert "load: its figures have several units" in found.questions[0]


def test_line_breaks_and_braces_within_a_cell_are_kept_as_words():
    found = read('pump,remarks,x\na,"seal wet,\npump hot",1\nb,{name} {},n/a\n')
    assert [row[1] for row in found.table.rows] == ["seal wet, pump hot", "{name} {}"]


def test_semicolons_and_tabs_part_cells_too():
    assert column("day;x\n1;2,5\n2;3,5\n") == [2.5, 3.5]
    assert column("day\tx\n1\t2.5\n2\t3.5\n") == [2.5, 3.5]


@pytest.mark.parametrize(
    "text",
    [
        "day,remarks\n1," + "x" * 121 + "\n2,y\n",
        "day,x\n1,2\n",
        "day,x\n" + "1,2\n" * 401,
        ",".join(f"c{n}" for n in range(41)) + "\n" + (",".join("1" * 41) + "\n") * 2,
    ],
)
def test_what_fits_into_no_table_stays_a_text(text):
    found = read(text)
    assert (found.table, found.text) == (None, text)
    assert "so the data stay as they were pasted" in found.questions[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a,b\n1,2\n3\n", "data.csv:3:1: error: the row has 1 cells, the headings are 2"),
        ('a,b\n"1\n2",3\n4,5,6\n', "data.csv:4:1: error: the row has 3 cells"),
        ("a,b\n", "data.csv:1:1: error: the table has headings and no row"),
        ("a\n1\n", "data.csv:1:1: error: the table has one column"),
        ("a,,c\n1,2,3\n", "data.csv:1:1: error: column 2 has no heading"),
        ('a,b\n1,"2\n', "data.csv:2:1: error: this is no CSV"),
        ("\n \n", "data.csv:1:1: error: the table is empty"),
    ],
)
def test_what_is_no_table_is_refused_at_its_line(text, told):
    found, problems = table_in("data.csv", text)
    assert found is None
    assert str(problems[0]).startswith(told)
