"""The metrics of all accounts, as a Prometheus or OpenMetrics exposition."""
