"""`make smoke-test`: proves that what runs works, and says what it left out and why.

The checks are tests/smoke; they find what runs by themselves and start the lite version on a free
port if nothing does.
"""

import subprocess
import sys

from commands.checkout import ROOT

REPORT = "reports/smoke.xml"


def main() -> int:
    """Run the checks; return 0 only if each one that was not left out passed."""
    (ROOT / "reports").mkdir(exist_ok=True)
    options = (
        "tests/smoke",
        f"--junitxml={REPORT}",
        "--override-ini=junit_suite_name=smoke",
        "--no-header",
        "--tb=short",
        "-q",
        # The checks are told in an order: what everything else rests on comes first.
        "-p",
        "no:randomly",
    )
    words = (sys.executable, "-m", "pytest", *options, *sys.argv[1:])
    try:
        return subprocess.run(words, cwd=ROOT, check=False).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
