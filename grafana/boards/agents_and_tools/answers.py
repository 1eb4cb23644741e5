"""Whether what is said is allowed, and what is answered is right and of use."""

from grafana.board import Row
from grafana.links import to_log_lines
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, graph
from grafana.promql import OF_TEMPLATE, SERVICE

ID = PANEL_IDS["agents-and-tools"]
_AUDIT = '{service_name=~"${service:regex}", stream="audit"} | event=~"sensitive.*"'


def row() -> Row:
    """Return the graphs about the content of chats, closed until somebody asks."""
    hits = f"sum by (category, action) (increase(agent_sensitive_word_hits_total{{{SERVICE}}}[5m]))"
    reached = (
        f"sum by (template_id, outcome) (increase(agent_conversions_total{{{OF_TEMPLATE}}}[1h]))"
    )
    return Row(
        "Are the answers allowed, right and of use?",
        (
            graph(
                ID["sensitive_words"],
                Words(
                    "Sensitive words and personal data in 5 m",
                    "By category, and what was done: pass, mask or block. Good: few blocks; each "
                    "hit is in the audit trail. Presets warn of many blocks.",
                    "nothing looks for them",
                ),
                (Query(hits, "{{category}}: {{action}}"),),
                "short",
                links=(to_log_lines("The audit trail of them", _AUDIT),),
            ).span(8),
            graph(
                ID["accuracy"],
                Words(
                    "Right answers in benchmarks",
                    "Share, by benchmark. Good: as at the last release; presets warn of a fall.",
                    "no benchmark has run",
                ),
                (
                    Query(
                        f"min by (benchmark) (agent_data_accuracy_ratio{{{SERVICE}}})",
                        "{{benchmark}}",
                    ),
                ),
                "percentunit",
            )
            .max(1)
            .span(8),
            graph(
                ID["conversions"],
                Words(
                    "Goals reached in 1 h",
                    "Chats that reached a goal of the business, by template. Good: what is usual "
                    "for as many chats.",
                    "no goals are counted",
                ),
                (Query(reached, "{{template_id}} {{outcome}}"),),
                "short",
                stacked=True,
            ).span(8),
        ),
        collapsed=True,
    )
