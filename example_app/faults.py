"""Faults on demand: the agent's own, and those of the model's simulator behind it."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from example_app.chat_request import validate
from example_app.fault_kinds import OWN_FAULTS, default_settings, read_settings
from example_app.held_agents import GiveBack, HeldAgents
from example_app.made_up_person import with_personal_data
from example_app.memory_leak import MemoryLeak
from example_app.refusal import Refusal
from example_app.simulator.faults import FaultBoard, FaultKind, FaultStart, RunningFault
from example_app.simulator_faults import SimulatorFaults
from example_app.tools.tool import ToolError

_log = logging.getLogger(__name__)


class Faults:
    """Lists, starts and stops faults, and is asked by the agent where one may strike.

    Args:
        simulator_url: where the simulator takes its faults; a real provider has none.
        audit: told about each start and end: the event, a sentence and its fields.
    """

    def __init__(self, simulator_url: str, audit: Callable[..., object]) -> None:
        self._board = FaultBoard(seed=7, kinds=OWN_FAULTS)
        self._simulator = SimulatorFaults(simulator_url)
        self._audit = audit
        self._leak = MemoryLeak()
        self._held = HeldAgents()
        self._endings: dict[str, threading.Timer] = {}
        # The board is made for one thread; chats ask it from many.
        self._lock = threading.RLock()

    def strike_tool(self) -> None:
        """Fail a tool call while that fault is on.

        Raises:
            ToolError: the fault strikes.
        """
        if self._strikes("tool_failure"):
            raise ToolError("tool_failure", "the service behind this tool does not answer")

    def receive(self, message: str) -> str:
        """Return a message as it is to be taken for what a person wrote."""
        leaking = self._strikes("memory_growth")
        if leaking is not None:
            self._leak.grow(leaking.parameters["megabytes_per_chat"])
        return with_personal_data(message) if self._strikes("personal_data") else message

    def model(self, usual: str) -> str:
        """Return the model to ask instead of the usual one."""
        spike = self._strikes("cost_spike")
        return usual if spike is None else str(spike.parameters["model"])

    def spoils_look_up(self) -> bool:
        """Return whether this look-up in the cache finds nothing, whatever is there."""
        return self._strikes("cache_storm") is not None

    def give_back(self, give_back: GiveBack) -> None:
        """Put an agent into its pool again, now or when the fault lets go of it.

        Args:
            give_back: does so; called once, maybe from another thread.
        """
        holding = self._strikes("pool_exhaustion")
        if holding is None:
            give_back()
        else:
            self._held.hold(give_back, holding.parameters["hold_seconds"])

    def list_all(self) -> list[dict[str, Any]]:
        """Return every fault that can be had, with what runs now."""
        own = [self._shown(kind) for kind in self._board.kinds.values()]
        return [*own, *self._simulated()]

    def start(self, name: str, body: dict[str, Any]) -> dict[str, Any] | Refusal:
        """Start a fault; one that runs starts anew."""
        kind = self._board.kinds.get(name)
        if kind is None:
            shown = self._simulator.start(name, body)
            if not isinstance(shown, Refusal):
                self._tell("fault_started", name, until=shown.get("until"))
            return shown
        wanted = validate(FaultStart, body)
        if isinstance(wanted, Refusal):
            return wanted
        settings = read_settings(kind, wanted.model_extra or {})
        if isinstance(settings, Refusal):
            return settings
        if name == "cost_spike" and isinstance(self._simulator.list_all(), Refusal):
            return Refusal(
                409, "real_provider", "This fault would cost real money: there is no simulator."
            )
        until = self._board.now + timedelta(seconds=wanted.duration_seconds)
        self._begin(
            RunningFault(kind, until, wanted.probability, settings), wanted.duration_seconds
        )
        self._tell("fault_started", name, until=until.isoformat(), **settings)
        return self._shown(kind)

    def stop(self, name: str) -> dict[str, Any] | Refusal:
        """Stop a fault; stopping one that does not run is no error."""
        kind = self._board.kinds.get(name)
        if kind is None:
            shown = self._simulator.stop(name)
            if not isinstance(shown, Refusal):
                self._tell("fault_stopped", name)
            return shown
        self._end(name)
        return self._shown(kind)

    def stop_all(self) -> list[dict[str, Any]]:
        """Stop every fault, here and in the simulator."""
        self.close()
        for fault in self._simulated():
            if fault.get("active"):
                self.stop(str(fault.get("name")))
        return self.list_all()

    def close(self) -> None:
        """Stop the agent's own faults and undo what they did."""
        for name in self._board.kinds:
            self._end(name)

    def _simulated(self) -> list[dict[str, Any]]:
        listed = self._simulator.list_all()
        return [] if isinstance(listed, Refusal) else listed

    def _strikes(self, name: str) -> RunningFault | None:
        with self._lock:
            return self._board.strikes(name)

    def _begin(self, fault: RunningFault, seconds: float) -> None:
        name = fault.kind.name
        with self._lock:
            self._end(name)
            if name == "memory_growth":
                self._leak.open(fault.parameters["most_megabytes"])
            if name == "pool_exhaustion":
                self._held.open()
            # It ends by its time even when no chat comes to notice it.
            timer = threading.Timer(seconds, lambda: self._end(name, timer))
            timer.daemon = True
            self._endings[name] = timer
            self._board.start(fault)
            timer.start()

    def _end(self, name: str, timer: threading.Timer | None = None) -> None:
        """Undo a fault; a timer ends only the run that it was set for."""
        with self._lock:
            if timer is not None and self._endings.get(name) is not timer:
                return
            ran = self._endings.pop(name, None)
            if ran is None:
                return
            ran.cancel()
            self._board.stop(name)
            if name == "memory_growth":
                self._leak.close()
            if name == "pool_exhaustion":
                self._held.close()
        self._tell("fault_stopped", name, by="its time" if timer is not None else "order")

    def _tell(self, event: str, name: str, **details: object) -> None:
        sentence = f"Fault {event.removeprefix('fault_')}: {name}"
        _log.warning("%s", sentence, extra={"event": event, "fault": name, **details})
        self._audit(event, sentence, fault=name, **details)

    def _shown(self, kind: FaultKind) -> dict[str, Any]:
        with self._lock:
            fault = self._board.running(kind.name)
        return {
            "name": kind.name,
            "active": fault is not None,
            "until": fault.until.isoformat() if fault is not None else None,
            "description": kind.description,
            "probability": fault.probability if fault is not None else None,
            "parameters": dict(fault.parameters) if fault is not None else default_settings(kind),
        }
