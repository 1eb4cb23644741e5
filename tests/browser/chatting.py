"""What a person does on the chat page."""

from playwright.sync_api import Locator, Page, expect


def ask(page: Page, message: str) -> Locator:
    """Type a message and press Enter; return the answer when its numbers are there."""
    asked = page.get_by_test_id("answer").count()
    page.get_by_label("Message").fill(message)
    page.keyboard.press("Enter")
    answer = page.get_by_test_id("answer").nth(asked)
    expect(answer.get_by_test_id("facts")).to_be_visible(timeout=30_000)
    return answer
