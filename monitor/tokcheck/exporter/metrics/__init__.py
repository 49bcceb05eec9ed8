"""The metrics of all accounts, written as a Prometheus or OpenMetrics exposition."""
