"""The data sources of the dashboards, each chosen by a variable at their top."""

from grafana_foundation_sdk.models import common as mc

PROMETHEUS = mc.DataSourceRef(uid="${prometheus_datasource}", type_val="prometheus")
LOKI = mc.DataSourceRef(uid="${loki_datasource}", type_val="loki")
JAEGER = mc.DataSourceRef(uid="${jaeger_datasource}", type_val="jaeger")
