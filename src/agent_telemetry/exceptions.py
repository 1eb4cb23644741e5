"""The errors that a caller may catch."""


class ConfigurationError(ValueError):
    """A setting is wrong; raised at start, never later.

    The message names the variable, the value found and the values accepted.
    """

    def __init__(self, variable: str, value: object, accepted: str) -> None:
        super().__init__(f"{variable}={value!r} is not usable; accepted: {accepted}")
        self.variable = variable
        self.value = value
        self.accepted = accepted
