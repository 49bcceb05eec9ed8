"""The Fitbit Web API: resources, token endpoint and consent page."""
