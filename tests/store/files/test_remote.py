"""One contract for a folder, memory and S3's protocol."""

from datetime import UTC, datetime, timedelta

import pytest

from modelsmith.errors import InputError, StoreError
from modelsmith.record import sha256
from modelsmith.store.files.remote import CHUNK, RemoteFiles
from tests.support.stores import memory_store, s3_store


@pytest.fixture(params=["file", "memory", "s3"], scope="module")
def remote(request, tmp_path_factory):
    if request.param == "file":
        yield RemoteFiles(f"file://{tmp_path_factory.mktemp('remote')}/deep/store")
    elif request.param == "memory":
        yield memory_store()
    else:
        with s3_store() as store:
            yield store


def test_what_was_put_is_found_read_and_listed(remote):
    remote.put("read/one", b"first")
    assert remote.get("read/one") == b"first"
    assert remote.size("read/one") == 5
    assert b"".join(remote.chunks("read/one", 2)) == b"rst"
    assert remote.sha256("read/one") == sha256(b"first")
    assert [(found.key, found.size_bytes) for found in remote.objects("read")] == [("read/one", 5)]
    age = datetime.now(UTC) - remote.objects("read")[0].modified_at
    assert timedelta(seconds=-5) < age < timedelta(minutes=5)


def test_what_is_not_there_is_none(remote):
    assert remote.get("nowhere/one") is None
    assert remote.size("nowhere/one") is None
    assert remote.objects("nowhere") == []
    assert list(remote.chunks("nowhere/one", 0)) == []


def test_what_is_put_again_is_replaced(remote):
    remote.put("again/one", b"first")
    remote.put("again/one", b"second!")
    assert remote.get("again/one") == b"second!"


def test_what_is_removed_is_gone_and_removing_it_again_is_no_fault(remote):
    remote.put("gone/one", b"first")
    remote.remove("gone/one")
    remote.remove("gone/one")
    assert remote.get("gone/one") is None
    assert remote.objects("gone") == []


def test_a_large_file_goes_up_and_comes_down_in_parts(remote, tmp_path):
    content = bytes(range(256)) * (CHUNK // 256) + b"rest"
    (tmp_path / "large").write_bytes(content)
    remote.upload(tmp_path / "large", "large/one")
    assert [len(chunk) for chunk in remote.chunks("large/one", 0)] == [CHUNK, 4]
    assert b"".join(remote.chunks("large/one", CHUNK - 1)) == content[CHUNK - 1 :]
    assert [found.key for found in remote.objects("large")] == ["large/one"]


@pytest.mark.parametrize(
    "url",
    ["", "bucket", "ftp://host/x", "s3://", "simplecache::s3://bucket", "reference://x", "file://"],
)
def test_a_url_that_is_not_known_is_refused(url):
    with pytest.raises(InputError, match="is no URL that is known") as refusal:
        RemoteFiles(url)
    assert "Write file:///folder, s3://bucket/prefix or gs://bucket/prefix." in refusal.value.remedy


def test_a_scheme_whose_package_is_not_installed_names_the_extra():
    try:
        import gcsfs  # noqa: F401
    except ImportError:
        with pytest.raises(InputError, match="needs gcsfs, not installed here") as refusal:
            RemoteFiles("gs://bucket/x")
        assert "Install the extra `gs`" in refusal.value.remedy


AWS = """
[default]
endpoint_url = https://minio.example.com:9000
[profile services]
services = ours
[services ours]
s3 =
  endpoint_url = https://objects.example.com
[profile virtual]
endpoint_url = https://objects.example.com
s3 =
  addressing_style = virtual
[profile plain]
region = cn-north-1
[profile lost]
services = nowhere
"""


@pytest.fixture
def aws(tmp_path, monkeypatch):
    (tmp_path / "config").write_text(AWS, encoding="utf-8")
    for name in ("AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    return monkeypatch.setenv


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        ({}, "minio.example.com"),
        ({"AWS_PROFILE": "services"}, "objects.example.com"),
        ({"AWS_PROFILE": "virtual"}, "bucket.objects.example.com"),
        ({"AWS_PROFILE": "plain"}, "bucket.s3.cn-north-1.amazonaws.com.cn"),
        ({"AWS_ENDPOINT_URL": "http://10.0.0.7:9000"}, "10.0.0.7"),
        ({"AWS_ENDPOINT_URL_S3": "http://10.0.0.8", "AWS_ENDPOINT_URL": "http://x"}, "10.0.0.8"),
        ({"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, "bucket.s3.amazonaws.com"),
    ],
)
def test_where_a_bucket_is_asked_for_is_read_as_its_client_reads_it(aws, settings, host):
    for name, value in settings.items():
        aws(name, value)
    store = RemoteFiles("s3://bucket/modelsmith")
    assert store.hosts == ("*.amazonaws.com", "169.254.169.254", "169.254.170.2", host)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"AWS_PROFILE": "lost"}, 'the "nowhere" services configuration does not exist'),
        ({"AWS_PROFILE": "none"}, r"The config profile \(none\) could not be found"),
        ({"AWS_ENDPOINT_URL": "minio:9000"}, "Invalid endpoint: minio:9000"),
        ({"AWS_CONFIG_FILE": __file__}, "Unable to parse config file"),
    ],
)
def test_settings_that_do_not_say_where_a_bucket_is_are_refused(aws, settings, message):
    for name, value in settings.items():
        aws(name, value)
    with pytest.raises(InputError, match=message) as refusal:
        RemoteFiles("s3://bucket/modelsmith")
    assert "where the store s3://bucket/modelsmith is cannot be told" in str(refusal.value)
    assert refusal.value.remedy == (
        "Correct the AWS_ variables of the environment, or ~/.aws/config."
    )


def test_a_store_that_does_not_answer_is_told_with_its_words(tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    with pytest.raises(StoreError, match=r"store file://.*/blocked did not answer for sha256/a: "):
        RemoteFiles(f"file://{blocked}").put("sha256/a", b"1")


def test_a_bucket_that_is_not_there_is_told(tmp_path):
    with s3_store() as store:
        other = RemoteFiles(store.url.replace("bucket-", "no-bucket-"))
        with pytest.raises(StoreError, match=r"did not answer for sha256/a: .* does not exist"):
            other.put("sha256/a", b"1")
