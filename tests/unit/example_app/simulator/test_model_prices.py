"""The models' names fit the library's price table."""

import pytest

from agent_telemetry.prices.pricing import PriceTable
from example_app.simulator.model_catalogue import ModelCatalogue

MODELS = ModelCatalogue.load().models


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_model_has_a_price_under_both_its_names(model):
    """Whether a call is priced by the model asked for or by the one that answers, it has a cost."""
    prices = [PriceTable.load().find(name) for name in (model.name, model.snapshot)]
    assert all(price is not None for price in prices)
    assert {price.provider for price in prices} == {model.vendor}
    assert (model.kind == "embedding") == (prices[0].output == 0)


def test_there_are_chat_models_of_both_vendors():
    """Dear ones and cheap ones of each, so that costs can be told apart."""
    table = PriceTable.load()
    for vendor in ("openai", "anthropic"):
        outputs = [table.find(m.snapshot).output for m in MODELS if m.vendor == vendor]
        chat = [price for price in outputs if price]
        assert len(chat) >= 3
        assert max(chat) >= 3 * min(chat)
