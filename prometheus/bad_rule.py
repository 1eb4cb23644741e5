"""The one error of whoever writes rules."""


class BadRuleError(ValueError):
    """What an alert is made of cannot be used; the text names the alert and the key."""
