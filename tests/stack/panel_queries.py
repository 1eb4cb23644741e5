"""The queries of the dashboards' panels, and the servers that answer them as Grafana would ask."""

import json
import math
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from tests.config.dashboard_files import panels_of
from tests.stack.grafana_variables import STEP_SECONDS, defaults, fill, span_seconds

_LOGFMT = re.compile(r'([\w.]+)=(?:"([^"]*)"|(\S+))')
_MOST_POINTS = 1000


@dataclass(frozen=True)
class PanelQuery:
    """One query of one panel, its variables filled.

    Attributes:
        dashboard: uid.
        panel_id: of the panel.
        panel: title.
        ref: which query of the panel, such as ``A``.
        source: ``prometheus``, ``loki`` or ``jaeger``.
        text: PromQL or LogQL; for Jaeger what is searched.
        instant: whether only the value of now is asked for.
        span: seconds that the dashboard shows.
        target: the query as the dashboard has it.
    """

    dashboard: str
    panel_id: int
    panel: str
    ref: str
    source: str
    text: str
    instant: bool
    span: int
    target: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Return what it is called in a failure's text and in empty_panels.toml."""
        return f"{self.dashboard} / {self.panel} / {self.ref}"


@dataclass(frozen=True)
class Series:
    """One series of an answer, one group of lines, or one trace.

    Attributes:
        labels: its labels; of a trace its id.
        values: the numbers that are numbers, oldest first; for lines and traces how many.
    """

    labels: Mapping[str, str]
    values: tuple[float, ...]


def queries(dashboard: dict[str, Any], **chosen: str) -> Iterator[PanelQuery]:
    """Yield every query of every panel; `chosen` overrides defaults of variables."""
    values, span = {**defaults(dashboard), **chosen}, span_seconds(dashboard)
    for panel in panels_of(dashboard):
        for target in panel.get("targets", []):
            kind = target["datasource"]["type"]
            asked = target["expr"] if "expr" in target else json.dumps(dict(target))
            instant = target.get("instant", target.get("queryType") == "instant")
            yield PanelQuery(
                dashboard=dashboard["uid"],
                panel_id=panel["id"],
                panel=panel["title"],
                ref=target["refId"],
                source=kind,
                text=fill(asked, values, range_seconds=span),
                instant=bool(instant),
                span=span,
                target=target,
            )


class Sources:
    """The data sources of Grafana, asked directly.

    Args:
        urls: service → address.
    """

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = urls
        self._client = httpx.Client(timeout=30)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, server: str, path: str, /, **params: Any) -> Any:
        """Return the JSON of an answer.

        Raises:
            AssertionError: if the server refuses, with its words.
        """
        answer = self._client.get(self._urls[server] + path, params=params)
        assert answer.status_code == httpx.codes.OK, f"{server}: {answer.text[:500]} ({params})"
        return answer.json()

    def ask(self, query: PanelQuery) -> list[Series]:
        """Return what the panel gets; nothing without a number or a line.

        Raises:
            AssertionError: if the server refuses the query, with its words.
        """
        if query.source == "prometheus":
            return self.promql(query.text, span=query.span, instant=query.instant)
        if query.source == "loki":
            most = query.target.get("maxLines", 100)
            return self.logql(query.text, span=query.span, instant=query.instant, most=most)
        assert query.source == "jaeger", f"{query.name}: nobody asks {query.source}"
        return self.traces(json.loads(query.text), span=query.span)

    def promql(self, text: str, *, span: int, instant: bool = False) -> list[Series]:
        """Return the series that PromQL finds."""
        now = time.time()
        if instant:
            answer = self.get("prometheus", "/api/v1/query", query=text, time=now)
        else:
            step = max(STEP_SECONDS, span // _MOST_POINTS)
            window = {"start": now - span, "end": now, "step": step}
            answer = self.get("prometheus", "/api/v1/query_range", query=text, **window)
        assert not answer.get("warnings"), f"{answer['warnings']}: {text}"
        return _numbers(answer["data"])

    def logql(
        self, text: str, *, span: int, instant: bool = False, most: int = 100
    ) -> list[Series]:
        """Return the series, or the groups of lines, that LogQL finds."""
        now = time.time()
        if instant:
            answer = self.get("loki", "/loki/api/v1/query", query=text, time=int(now * 1e9))
        else:
            window = {"start": int((now - span) * 1e9), "end": int(now * 1e9)}
            step = f"{max(STEP_SECONDS, span // _MOST_POINTS)}s"
            path = "/loki/api/v1/query_range"
            answer = self.get("loki", path, query=text, limit=most, step=step, **window)
        data = answer["data"]
        if data["resultType"] == "streams":
            return [Series(one["stream"], (float(len(one["values"])),)) for one in data["result"]]
        return _numbers(data)

    def traces(self, search: Mapping[str, Any], *, span: int) -> list[Series]:
        """Return the traces that a search of Grafana's Jaeger data source finds, or one by id."""
        if search.get("queryType") != "search":
            found = self.get("jaeger", f"/api/traces/{search['query']}")["data"]
            return [Series({"trace_id": one["traceID"]}, (1.0,)) for one in found]
        now = time.time()
        params: dict[str, Any] = {
            "service": search["service"],
            "start": int((now - span) * 1e6),
            "end": int(now * 1e6),
            "limit": search.get("limit", 20),
        }
        given = ("operation", "minDuration", "maxDuration")
        params |= {name: search[name] for name in given if search.get(name)}
        if search.get("tags"):
            pairs = {key: quoted or bare for key, quoted, bare in _LOGFMT.findall(search["tags"])}
            params["tags"] = json.dumps(pairs)
        found = self.get("jaeger", "/api/traces", **params)["data"]
        return [Series({"trace_id": one["traceID"]}, (1.0,)) for one in found]


def _numbers(data: Mapping[str, Any]) -> list[Series]:
    """Return the series of an answer that have a number at all."""
    if data["resultType"] == "scalar":
        return [Series({}, (float(data["result"][1]),))]
    found = []
    for one in data["result"]:
        points = one["values"] if "values" in one else [one["value"]]
        values = tuple(float(text) for _, text in points if not math.isnan(float(text)))
        if values:
            found.append(Series(one["metric"], values))
    return found
