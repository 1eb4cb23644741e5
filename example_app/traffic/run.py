"""Runs the traffic until its time is over or the process is told to end."""

# Locust first: it replaces sockets and threads, which must happen before anything uses them.
from locust.env import Environment  # isort: skip

import json
import signal
from typing import Any

import gevent
import requests
from gevent.event import Event

from example_app.traffic.heartbeat import BEAT_SECONDS, Heartbeat, silence_allowed
from example_app.traffic.prompts import Prompts
from example_app.traffic.settings import TrafficSettings
from example_app.traffic.traffic_record import TrafficRecord
from example_app.traffic.visit_plan import plan_visits
from example_app.traffic.visitor import Crowd, visitor_class, visitors_for

_POLL_SECONDS = 1
_READY_TIMEOUT_SECONDS = 2


def run_traffic(settings: TrafficSettings, prompts: Prompts) -> None:
    """Sends traffic; returns after `settings.duration`, or at once on SIGTERM or SIGINT."""
    ended = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, ended.set)
    heartbeat = Heartbeat(settings.heartbeat_file)
    _say("traffic_waiting", target=settings.target)
    if not _wait_until_ready(settings.target, ended, heartbeat):
        return
    visits = plan_visits(settings.seed, prompts)
    crowd = Crowd(visits=visits, rate=settings.rate, seed=settings.seed)
    environment = Environment(user_classes=[visitor_class(crowd)], host=settings.target)
    runner = environment.create_local_runner()
    count = visitors_for(settings.rate)
    _say("traffic_started", rate_per_minute=settings.rate, seed=settings.seed, visitors=count)
    runner.start(count, spawn_rate=min(count, 100))
    helpers = [
        gevent.spawn(_report_regularly, crowd, settings.report_seconds),
        gevent.spawn(_beat_regularly, crowd, heartbeat),
    ]
    ended.wait(settings.duration)
    gevent.killall(helpers)
    _report(crowd)
    runner.quit()
    _say("traffic_ended", **crowd.total.as_json())


def _wait_until_ready(target: str, ended: Event, heartbeat: Heartbeat) -> bool:
    """Polls `/ready` until it answers 200; False when the process was told to end before."""
    while not ended.is_set():
        heartbeat.beat()
        try:
            url = f"{target.rstrip('/')}/ready"
            if requests.get(url, timeout=_READY_TIMEOUT_SECONDS).ok:
                return True
        except requests.RequestException:
            pass  # not there yet; that is what the wait is for
        ended.wait(_POLL_SECONDS)
    return False


def _beat_regularly(crowd: Crowd, heartbeat: Heartbeat) -> None:
    while True:
        if crowd.silence() < silence_allowed(crowd.rate):
            heartbeat.beat()
        gevent.sleep(BEAT_SECONDS)


def _report_regularly(crowd: Crowd, seconds: float) -> None:
    while True:
        gevent.sleep(seconds)
        _report(crowd)


def _report(crowd: Crowd) -> None:
    """One line of what happened since the last one."""
    seen, crowd.record = crowd.record, TrafficRecord()
    _say("traffic_report", **seen.as_json())


def _say(event: str, **details: Any) -> None:
    print(json.dumps({"event": event, **details}), flush=True)
