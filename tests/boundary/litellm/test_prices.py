from pathlib import Path

import pytest

from modelsmith.boundary.hosted_model import HostedModel, Models, Price
from modelsmith.boundary.litellm.library import price_of
from modelsmith.errors import InputError
from modelsmith.run.files.config_file import models_of

HERE = Path(__file__).parents[3]


def test_the_shipped_models_are_three_and_each_has_a_price() -> None:
    models = models_of(HERE).models
    assert [model.name for model in models] == ["claude", "gpt", "gemini"]
    prices = [price_of(model) for model in models]
    assert prices == [
        Price(read=5, written=25, cached=0.5, stored=6.25),
        Price(read=5, written=30, cached=0.5),
        Price(read=2, written=12, cached=0.2),
    ]


def test_no_file_means_no_models(tmp_path: Path) -> None:
    assert models_of(tmp_path) == Models()


def test_a_model_that_moves_is_refused_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "runners").mkdir()
    text = (HERE / "runners/models.yaml").read_text().replace("gpt-5.5-2026-04-23", "gpt-latest")
    (tmp_path / "runners/models.yaml").write_text(text)
    with pytest.raises(InputError) as refused:
        models_of(tmp_path)
    assert "gpt-latest moves under the exam" in str(refused.value)


def test_an_entrys_own_price_counts_and_an_unknown_model_has_none() -> None:
    unknown = HostedModel(name="x", provider="own", family="x", api="openai", model="nobody-7")
    assert price_of(unknown) is None
    own = unknown.model_copy(update={"price_usd_per_million": Price(read=1, written=2)})
    assert price_of(own) == Price(read=1, written=2)
