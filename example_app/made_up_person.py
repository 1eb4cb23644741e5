"""Personal data of people who do not exist: the fault ``personal_data``.

Everything passes the checks that real data passes, and can belong to nobody: the domains are
reserved (RFC 2606), the telephone numbers are Ofcom's for drama, the cards begin as the test cards
of payment providers do, and no bank has the code in the IBAN.
"""

import random
import zlib

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

_FIRST_NAMES = ("jo", "kim", "robin", "alex", "sam", "toni")
_LAST_NAMES = ("miller", "novak", "rossi", "jansen", "lund", "weber")
_DOMAINS = ("example.com", "example.net", "example.org")


def with_personal_data(message: str) -> str:
    """Return a message with an e-mail address, a telephone number, a card and an IBAN in it.

    The same message always gets the same data, so that a cache is of use as before.
    """
    draw = random.Random(zlib.crc32(message.encode("utf-8")))
    name = f"{draw.choice(_FIRST_NAMES)}.{draw.choice(_LAST_NAMES)}{draw.randrange(10, 99)}"
    return (
        f"{message}\nWrite to {name}@{draw.choice(_DOMAINS)} or call {_telephone(draw)};"
        f" my card is {_card(draw)}, my Iban {_iban(draw)}."
    )


def _telephone(draw: random.Random) -> str:
    """Source: https://www.ofcom.org.uk, telephone numbers for drama (London)."""
    return f"+44 20 7946 {draw.randrange(1000):04d}"


def _card(draw: random.Random) -> str:
    body = "42424242" + "".join(str(draw.randrange(10)) for _ in range(7))
    digits = body + luhn.calc_check_digit(body)
    return " ".join(digits[start : start + 4] for start in range(0, 16, 4))


def _iban(draw: random.Random) -> str:
    account = "00000000" + "".join(str(draw.randrange(10)) for _ in range(10))
    return f"DE{mod_97_10.calc_check_digits(account + 'DE')}{account}"
