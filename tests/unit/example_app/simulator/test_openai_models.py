"""Models and embeddings."""

import base64
import struct

import pytest
import requests

from tests.unit.example_app.simulator.conftest import KEY


def embed(client, texts, **fields):
    """Vectors of texts."""
    body = {"model": "text-embedding-3-small", "input": texts, **fields}
    response = client.post("/embeddings", body)
    assert response.status_code == 200, response.text
    return response.json()


def similarity(a, b):
    """Cosine of two unit vectors."""
    return sum(x * y for x, y in zip(a, b, strict=True))


def test_models_are_listed(client):
    """The list has the models whose prices and names are real."""
    listed = requests.get(f"{client.base_url}/models", headers=KEY, timeout=10).json()
    names = {model["id"] for model in listed["data"]}
    assert listed["object"] == "list"
    assert {"gpt-4o", "gpt-4o-mini", "gpt-4.1-mini", "o4-mini", "text-embedding-3-small"} <= names
    one = requests.get(f"{client.base_url}/models/gpt-4o", headers=KEY, timeout=10)
    assert one.json()["id"] == "gpt-4o"
    assert requests.get(f"{client.base_url}/models/x", headers=KEY, timeout=10).status_code == 404


def test_a_snapshot_is_the_same_model(client):
    """A model may be asked for by its dated name."""
    name = "gpt-4o-2024-08-06"
    assert client.chat("Hello!", model=name).json()["model"] == name


def test_embeddings_are_deterministic_and_tell_texts_apart(client):
    """Equal texts have equal vectors, related ones near vectors, unrelated ones far ones."""
    texts = ["Refund of my order", "Refund of my order", "refunds of orders", "alpine weather"]
    answer = embed(client, texts)
    same, again, near, far = (row["embedding"] for row in answer["data"])
    assert [row["index"] for row in answer["data"]] == [0, 1, 2, 3]
    assert len(same) == 1536
    assert same == again
    assert similarity(same, same) == pytest.approx(1)
    assert similarity(same, near) > similarity(same, far) + 0.2
    assert answer["usage"]["prompt_tokens"] == answer["usage"]["total_tokens"] > 0


def test_base64_is_the_same_vector(client):
    """The form that OpenAI's own client asks for holds the same numbers."""
    plain = embed(client, "hello", dimensions=8)["data"][0]["embedding"]
    coded = embed(client, "hello", dimensions=8, encoding_format="base64")["data"][0]["embedding"]
    assert struct.unpack("<8f", base64.b64decode(coded)) == pytest.approx(plain, abs=1e-6)


@pytest.mark.parametrize(
    "fields", [{"input": ""}, {"input": []}, {"input": ["a", ""]}, {"dimensions": 3000}]
)
def test_bad_embedding_requests_are_refused(client, fields):
    """Empty texts and too many dimensions are 400."""
    body = {"model": "text-embedding-3-small", "input": "x", **fields}
    assert client.post("/embeddings", body).status_code == 400
