"""The status page for people without Grafana: HTML without JavaScript."""
