"""The exporter's web side: the metrics, the page, and the door in front of them."""
