import pytest

from modelsmith.errors import UsageError
from modelsmith.site.files.folder import MARK, SiteFolder

PAGES = {"index.html": "<p>one", "runs/a.html": "a", "runs/b.html": "b", "style.css": "p {}"}


def there(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_pages_are_written_into_a_folder_that_is_not_there_yet(tmp_path):
    folder = tmp_path / "deep" / "site"
    assert SiteFolder(folder).write(PAGES) == (tuple(sorted(PAGES)), ())
    assert there(folder) == sorted([*PAGES, MARK])
    assert (folder / "runs/a.html").read_text() == "a"


def test_a_second_time_nothing_is_written(tmp_path):
    SiteFolder(tmp_path).write(PAGES)
    before = {path: (tmp_path / path).stat().st_mtime_ns for path in there(tmp_path)}
    assert SiteFolder(tmp_path).write(PAGES) == ((), ())
    assert {path: (tmp_path / path).stat().st_mtime_ns for path in there(tmp_path)} == before


def test_a_page_that_is_gone_is_removed_with_its_empty_folder(tmp_path):
    SiteFolder(tmp_path).write(PAGES)
    fewer = {"index.html": "<p>two", "style.css": "p {}"}
    assert SiteFolder(tmp_path).write(fewer) == (
        ("index.html",),
        ("runs/a.html", "runs/b.html"),
    )
    assert there(tmp_path) == sorted([*fewer, MARK])
    assert not (tmp_path / "runs").exists()


def test_a_page_that_somebody_changed_or_removed_is_put_back(tmp_path):
    SiteFolder(tmp_path).write(PAGES)
    (tmp_path / "index.html").write_text("mine")
    (tmp_path / "runs/a.html").unlink()
    assert SiteFolder(tmp_path).write(PAGES) == (("index.html", "runs/a.html"), ())


@pytest.mark.parametrize("other", ["notes.txt", "runs/notes.txt", "index.html", ".git/HEAD"])
def test_a_folder_with_anything_else_is_refused_and_left_alone(tmp_path, other):
    (tmp_path / other).parent.mkdir(exist_ok=True)
    (tmp_path / other).write_text("mine")
    with pytest.raises(UsageError, match="holds what is no page of a site") as refused:
        SiteFolder(tmp_path)
    assert other in refused.value.what
    assert "Name an empty folder" in refused.value.remedy
    assert there(tmp_path) == [other]


def test_a_site_with_a_file_of_somebody_is_refused_too(tmp_path):
    SiteFolder(tmp_path).write(PAGES)
    for name in ("a.txt", "b.txt", "c.txt", "d.txt"):
        (tmp_path / name).write_text("mine")
    with pytest.raises(UsageError, match=r"a\.txt, b\.txt, c\.txt and more"):
        SiteFolder(tmp_path)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "site").write_text("mine")
    with pytest.raises(UsageError, match="site is a file"):
        SiteFolder(tmp_path / "site")


def test_a_build_that_was_killed_is_taken_up(tmp_path):
    folder = SiteFolder(tmp_path)
    with pytest.raises(AttributeError):
        folder.write({**PAGES, "z.html": None})  # dies half way, as a kill would
    (tmp_path / ".writing-x").write_text("half")
    assert SiteFolder(tmp_path).write(PAGES).removed == ("z.html",)
    assert sorted(set(there(tmp_path)) - {".writing-x"}) == sorted([*PAGES, MARK])


@pytest.mark.parametrize(
    "mark", ["", "{}", "[1]", '["../mine.txt", "/etc/passwd", "a/../../mine.txt"]', "\xff"]
)
def test_a_mark_that_is_none_gives_no_right_over_any_file(tmp_path, mark):
    site = tmp_path / "site"
    site.mkdir()
    (tmp_path / "mine.txt").write_text("mine")
    (site / MARK).write_text(mark)
    SiteFolder(site).write(PAGES)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_nothing_is_written_or_removed_through_a_link(tmp_path):
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    SiteFolder(site).write(PAGES)
    elsewhere.mkdir()
    for name in ("a.html", "b.html"):
        (site / "runs" / name).rename(elsewhere / name)
    (site / "runs").rmdir()
    (site / "runs").symlink_to(elsewhere)
    with pytest.raises(UsageError, match="holds what is no page of a site: runs"):
        SiteFolder(site)
    assert there(elsewhere) == ["a.html", "b.html"]


def test_a_link_that_appears_meanwhile_is_not_followed(tmp_path):
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = SiteFolder(site)
    site.mkdir()
    (site / "runs").symlink_to(elsewhere)
    with pytest.raises(UsageError, match=r"runs/a\.html would be written through a link"):
        folder.write(PAGES)
    assert there(elsewhere) == []
