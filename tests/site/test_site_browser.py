"""The pages in a real browser, opened from the disk: it lays them out, and loads nothing else."""

import shutil
import struct
import subprocess

import pytest

from tests.support.pages import Page
from tests.support.sites import a_factory, pages_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]

QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars",
)  # fmt: skip
DARK = "--blink-settings=preferredColorScheme=0"
LONGEST_S = 60

PHONE = 500
"""Narrowest window that Chromium opens without a screen."""

PROBE = (
    "<script>document.documentElement.dataset.width = document.documentElement.scrollWidth</script>"
)
"""Tells how wide a page is; our own pages hold no script."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    pages = pages_of(a_factory(folder / "factory"))
    for path, page in pages.items():
        (folder / "site" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "site" / path).write_text(page)
    return folder / "site"


def opened(page, profile, *words):
    """Return what Chromium prints and says of a page, in a profile of its own."""
    command = [CHROMIUM, *QUIET, f"--user-data-dir={profile}", *words, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S, check=True)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("index.html", "approver tiny A specialist is staged"),
        ("benchmarks/adtech/index.html", "sealed: 12 scenarios, 12 of 24 cells filled"),
        ("benchmarks/adtech/TRAIN_BABAKO.html", "What the model sees"),
        ("runs/tiny.html", "the gate says promote; findings that do not hold: none"),
        ("runs/stuck.html", "budget: tokens"),
    ],
)
def test_a_browser_reads_a_page_as_it_was_written_and_a_phone_need_not_scroll(
    site, tmp_path, path, expected
):
    written = (site / path).read_text()
    probed = (site / path).with_name("probed.html")
    probed.write_text(written.replace("</body>", f"{PROBE}</body>"))
    done = opened(probed, tmp_path / "profile", f"--window-size={PHONE},900", "--dump-dom")
    given, read = Page(written), Page(done.stdout.replace(PROBE, ""))
    assert expected in read.words
    assert read.words == given.words  # nothing was repaired, moved or dropped
    assert read.tags == given.tags
    assert f'data-width="{PHONE}"' in done.stdout


def size_of(picture):
    head = picture.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", head[16:24])


def test_a_page_is_drawn_in_light_and_dark_wide_and_narrow_with_its_style(site, tmp_path):
    bare = tmp_path / "bare.html"
    bare.write_text((site / "runs/tiny.html").read_text())  # away from its style
    drawn = set()
    for number, (page, width, words) in enumerate(
        [
            (site / "runs/tiny.html", 1280, []),
            (site / "runs/tiny.html", 1280, [DARK]),
            (site / "runs/tiny.html", PHONE, []),
            (site / "runs/tiny.html", PHONE, [DARK]),
            (bare, PHONE, []),
        ]
    ):
        picture, profile = tmp_path / f"{number}.png", tmp_path / f"profile-{number}"
        opened(page, profile, f"--window-size={width},900", f"--screenshot={picture}", *words)
        assert size_of(picture) == (width, 900)
        drawn.add(picture.read_bytes())
    assert len(drawn) == 5
