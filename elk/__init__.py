"""Set-up of Elasticsearch and Kibana, and the retention of the log indices."""
