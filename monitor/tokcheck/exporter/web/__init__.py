"""The exporter's web server: the metrics, the page, and what protects them."""
