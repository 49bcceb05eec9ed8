"""The Google Health API and Google's OAuth: resources, tokeninfo, token endpoint and consent page."""
