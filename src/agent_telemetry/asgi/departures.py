"""How work ends when nobody waits for it any more; none of these is a failure of the agent."""


class CallerLeft(Exception):  # noqa: N818 -- what happened, not what went wrong
    """Nobody waits for the answer any more.

    Raise it, or a class of your own below it, where you notice that a client hung up: what it ends
    is marked as aborted and counts as no error.
    """


class Abandoned(GeneratorExit):
    """A stream was thrown away without being read to its end or closed."""


#: ``GeneratorExit`` is how Python says that a generator's reader left.
DEPARTURES = (GeneratorExit, CallerLeft)
