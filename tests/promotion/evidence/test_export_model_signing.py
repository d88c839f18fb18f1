from modelsmith.promotion.bundle import Request
from modelsmith.promotion.evidence.export_model_signing import model_manifest_of, root_of
from tests.support.promoted import APromotion

FILES = {
    "adapter_model.safetensors": "d1a4d1794f498fcc89bac5bea999d698244b7eeffc37d8a613b1309c6683f6fc",
    "adapter_config.json": "9b0b9e304d88b03df0238d81f7f5f148c4767a61e894789e40841c6a54d6f3af",
}
ROOT = "16ebf222fb593b6a2ed3d111fc280fba665c1290be0630d18227bb7bd49e92b0"
"""What model-signing 1.1.1 says of two files with these digests (run on 2025-11-25)."""


def test_the_root_is_what_model_signing_computes():
    assert root_of(FILES) == ROOT


def test_the_statement_is_over_the_adapters_files_in_model_signings_form():
    known = APromotion().request.model_dump() | {"parts": {"adapter": FILES}}
    found = model_manifest_of(Request.model_validate(known))
    assert found == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "floor-desk", "digest": {"sha256": ROOT}}],
        "predicateType": "https://model_signing/signature/v1.0",
        "predicate": {
            "resources": [
                {"name": name, "digest": FILES[name], "algorithm": "sha256"}
                for name in sorted(FILES)
            ],
            "serialization": {
                "method": "files",
                "hash_type": "sha256",
                "allow_symlinks": False,
                "ignore_paths": [],
            },
        },
    }
