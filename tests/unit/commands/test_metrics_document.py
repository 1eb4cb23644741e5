"""The metrics document is what the catalogue says."""

from commands import metrics_document


def test_document_is_up_to_date() -> None:
    """docs/metrics.md is the rendered catalogue, to the letter."""
    assert metrics_document.DOCUMENT.read_text("utf-8") == metrics_document.render()
