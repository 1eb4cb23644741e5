"""Telling an operator which setting keeps a program from starting."""

import sys

from pydantic import ValidationError

BAD_SETTING = 2
"""Exit code of a program that was told something it cannot take."""


def tell_bad_settings(program: str, error: ValidationError) -> int:
    """Prints each variable at fault with what it accepts; returns the exit code."""
    for fault in error.errors():
        print(f"{program}: {fault['loc'][0]}: {fault['msg']}", file=sys.stderr)
    return BAD_SETTING
