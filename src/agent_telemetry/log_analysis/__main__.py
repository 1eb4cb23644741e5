"""``python -m agent_telemetry.log_analysis``."""

import sys

from agent_telemetry.log_analysis.command import main

sys.exit(main())
