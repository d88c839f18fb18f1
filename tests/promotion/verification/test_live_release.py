"""What is live, held against what lies on this machine and against what was signed."""

import pytest

from modelsmith.errors import BrokenRecordError, SignatureError
from modelsmith.promotion.channel import Pointer, pointer_content, pointer_path
from modelsmith.promotion.verification.live_release import WeightsOnDisk
from modelsmith.store.files.content_store import ContentStore
from tests.support.forges import EXPERT, push
from tests.support.lifecycle import Lifecycle, parts
from tests.support.local_site import LocalSite

pytestmark = pytest.mark.slow

PLACE = "promotions/adtech-tiny/one-1"


@pytest.fixture(scope="module")
def life(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODELSMITH_FORGE", "local")
        world = Lifecycle(LocalSite(tmp_path_factory.mktemp("life")), patch.setenv, lambda: "")
        world.walks("one")
        number = world.offers("one")
        for person in ("expert", "approver"):
            world.approves(person, number)
        world.does("factory", "promotion", "merge", "--all")
        yield world


def swapped(part, name):
    """Return what digests files of which one is another."""

    def found(model, adapter):
        known = {key: dict(files) for key, files in parts(model, adapter).items()}
        known[part][name] = "e" * 64
        return known

    return found


def reads(life, digests):
    return life.releases(weights=WeightsOnDisk(ContentStore(life.store), digests))


def test_what_was_promoted_is_live_with_the_files_that_were_signed(life):
    found = life.releases().live("sandbox")
    assert found.pointer.live == found.request.release
    assert (found.adapter / "adapter_model.safetensors").is_file()
    assert life.releases().live("production") is None


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("adapter", "adapter_model.safetensors"),
        ("model", "model.safetensors"),
        ("tokenizer", "tokenizer.json"),
        ("template", "chat"),
    ],
)
def test_attack_a_part_of_what_is_served_was_swapped(life, part, name):
    with pytest.raises(BrokenRecordError) as caught:
        reads(life, swapped(part, name)).live("sandbox")
    assert f"adtech-tiny one-1: {part}/{name} is eeeeeeeeeeee, signed was " in caught.value.what


def test_a_file_that_nobody_signed_is_refused(life):
    with pytest.raises(BrokenRecordError, match=r"adapter/more\.bin is eeeeeeeeeeee, it was not"):
        reads(life, swapped("adapter", "more.bin")).live("sandbox")


def test_an_adapter_that_was_altered_in_the_store_is_refused(life):
    live = life.releases(weights=None).live("sandbox")
    digest = live.request.parts["adapter"]["adapter_model.safetensors"]
    (blob,) = [path for path in life.store.rglob(digest) if path.is_file()]
    content = blob.read_bytes()
    blob.chmod(0o600)
    blob.write_bytes(content + b"!")
    try:
        with pytest.raises(BrokenRecordError):
            life.releases().live("sandbox")
    finally:
        blob.write_bytes(content)


def test_without_weights_only_what_git_holds_is_read(life):
    assert life.releases(weights=None).live("sandbox").adapter.name == ""


def test_git_is_read_again_only_where_it_moved(life):
    opened = []
    releases = life.releases(opening=lambda: opened.append(1))
    for _ in range(3):
        assert releases.live("sandbox")
    assert len(opened) == 1
    push(life.site, EXPERT, "main", {"note.md": "x"})
    assert releases.live("sandbox")
    assert len(opened) == 2


# These move the default branch for good: they come last


def test_attack_a_statement_that_nobody_signed_is_live(life):
    push(life.site, EXPERT, "main", {f"{PLACE}/promotion.sigstore.json": "{}"})
    with pytest.raises(SignatureError, match="channel sandbox is not what was approved and signed"):
        life.releases().live("sandbox")


def test_attack_the_pointer_was_moved_by_hand(life):
    moved = pointer_content(Pointer(channel="sandbox", live=None)).decode()
    push(life.site, EXPERT, "main", {pointer_path("sandbox"): moved})
    with pytest.raises((BrokenRecordError, SignatureError)):
        life.releases().live("sandbox")
