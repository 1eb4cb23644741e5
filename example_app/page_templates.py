"""The sample agent's own pages: each is one document, with its style and its script in it."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_PAGES = Path(__file__).parent / "pages"


def page_templates() -> Environment:
    """Return the templates; whatever is filled into one is escaped."""
    return Environment(loader=FileSystemLoader(_PAGES), autoescape=True, undefined=StrictUndefined)
