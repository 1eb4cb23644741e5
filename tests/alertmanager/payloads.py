"""The forms that Slack and PagerDuty accept, after their own references.

Slack: secondary attachments of an incoming webhook. PagerDuty: Events API v2.
"""

from typing import Annotated, Any, Literal

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(min_length=1, max_length=3000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SlackAttachment(_Strict):
    """One coloured block of a message."""

    color: Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
    title: Text
    title_link: AnyHttpUrl | None = None
    fallback: Text
    text: Text
    callback_id: str = ""
    pretext: str = ""
    footer: str = ""
    mrkdwn_in: list[Literal["fallback", "pretext", "text"]] = []


class SlackMessage(_Strict):
    """What is posted to an incoming webhook."""

    channel: Annotated[str, StringConstraints(pattern=r"^#[a-z-]+$")]
    username: str = ""
    icon_emoji: str = ""
    icon_url: str = ""
    attachments: Annotated[list[SlackAttachment], Field(min_length=1, max_length=1)]


class PagerDutyPayload(_Strict):
    """What is wrong; PagerDuty takes four severities and a summary of at most 1024 characters."""

    summary: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    source: Text
    severity: Literal["critical", "error", "warning", "info"]
    component: str = ""
    group: str = ""
    custom_details: dict[str, Any] = {}
    model_config = ConfigDict(extra="allow")  # `class` is a word of Python


class PagerDutyLink(_Strict):
    """A link that the page shows."""

    href: AnyHttpUrl
    text: Text


class PagerDutyEvent(_Strict):
    """One event of the Events API v2."""

    routing_key: Annotated[str, StringConstraints(min_length=32, max_length=32)]
    event_action: Literal["trigger", "acknowledge", "resolve"]
    dedup_key: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    payload: PagerDutyPayload
    client: str = ""
    client_url: AnyHttpUrl | None = None
    links: list[PagerDutyLink] = []
    images: list[dict[str, str]] = []
