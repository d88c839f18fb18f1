"""Remote stores that a test can have: a folder, memory, and S3's protocol on this machine."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from modelsmith.store.files.remote import RemoteFiles


@contextmanager
def s3_store() -> Iterator[RemoteFiles]:
    """Serve S3's protocol on a free port, with one bucket; credentials are those of the server."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    before = {name: os.environ.get(name) for name in settings}
    os.environ |= settings
    try:
        bucket = f"bucket-{uuid.uuid4().hex[:8]}"
        boto3.client("s3").create_bucket(Bucket=bucket)
        yield RemoteFiles(f"s3://{bucket}/modelsmith")
    finally:
        server.stop()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def memory_store() -> RemoteFiles:
    """Return a store in this process's memory, empty."""
    return RemoteFiles(f"memory://{uuid.uuid4().hex}")
