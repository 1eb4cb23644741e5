"""A person at a browser: pages of one lite version, watched for whatever a page does wrong."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page

from commands.checkout import ROOT

#: Kept after each run, ignored by git.
SCREENSHOTS = ROOT / "reports" / "screenshots"
#: The README shows these.
COMMITTED = ROOT / "docs" / "screenshots"
_PATIENCE_MS = 30_000
_NO_SERVER = {"data", "blob", "about", "chrome-error"}


class Desk:
    """One browser context.

    Args:
        browser: where it opens.
        base: the address of the lite version.
        scheme: ``light`` or ``dark``, what the system prefers.
        width: of the window, in pixels.
        height: of the window, in pixels.

    Attributes:
        page: the page that was opened last.
        expected: parts of texts in the browser's console that belong to the test.
    """

    def __init__(
        self,
        browser: Browser,
        base: str,
        *,
        scheme: str = "light",
        width: int = 1280,
        height: int = 860,
    ) -> None:
        self._base = base.rstrip("/")
        self._errors: list[str] = []
        self._outside: list[str] = []
        self.expected: list[str] = []
        self._context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": height}, locale="en-GB"
        )
        self._context.set_default_timeout(_PATIENCE_MS)
        self._context.on("console", self._hear)
        self._context.on("weberror", lambda error: self._errors.append(str(error.error)))
        self._context.on("request", lambda request: self._note(request.url))
        self._context.on("page", self._watch)
        self.page: Page = self._context.new_page()

    def open(self, path: str) -> Page:
        """Go to a page of the lite version."""
        self.page.goto(self._base + path)
        return self.page

    def beside(self, path: str) -> Page:
        """Open a page in another tab; the one before stays open."""
        self.page = self._context.new_page()
        return self.open(path)

    def follow(self, press: Callable[[], Any]) -> Page:
        """Press a link that opens another tab; return its page."""
        with self._context.expect_page() as opened:
            press()
        self.page = opened.value
        self.page.wait_for_load_state()
        return self.page

    def keep(self, name: str, page: Page | None = None) -> Path:
        """Keep a screenshot as an artefact."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        (page or self.page).screenshot(path=path, animations="disabled", caret="hide")
        return path

    def close(self, name: str) -> None:
        """Keep what is seen last, and check that no page did anything wrong.

        Args:
            name: of the screenshot.
        """
        try:
            self.keep(name)
        finally:
            self._context.close()
        unexpected = [
            text for text in self._errors if not any(part in text for part in self.expected)
        ]
        assert self._outside == [], f"a page asked another host: {self._outside}"
        assert unexpected == [], f"the browser's console has errors: {unexpected}"

    def _watch(self, page: Page) -> None:
        page.on("websocket", lambda socket: self._note(socket.url))

    def _hear(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self._errors.append(f"{message.type}: {message.text}")

    def _note(self, url: str) -> None:
        found = urlsplit(url)
        if found.scheme not in _NO_SERVER and found.netloc != urlsplit(self._base).netloc:
            self._outside.append(url)


def overflow(page: Page) -> int:
    """Return by how many pixels a page is wider than its window."""
    return int(page.evaluate("document.scrollingElement.scrollWidth - innerWidth"))


def theme(page: Page) -> str:
    """Return the theme that a page is drawn in, by the darkness of its background."""
    # The console's background is that of the page's root or of its body.
    shade = page.evaluate(
        """() => {
          const shades = [document.body, document.documentElement]
            .map((each) => getComputedStyle(each).backgroundColor)
            .filter((each) => each !== "rgba(0, 0, 0, 0)");
          const [red, green, blue] = shades[0].match(/[0-9.]+/g).map(Number);
          return (red + green + blue) / 3;
        }"""
    )
    return "dark" if shade < 128 else "light"


def tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Press Tab (or Shift+Tab) until an element has the focus, as a person without a mouse does."""
    for _ in range(40):
        if wanted.evaluate("(each) => each === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} does not lead to {wanted}")
