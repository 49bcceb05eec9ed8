"""The page for people who have no Grafana: HTML alone, made here, without a line of JavaScript."""
