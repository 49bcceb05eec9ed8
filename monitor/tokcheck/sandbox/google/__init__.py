"""The Google Health API and Google's OAuth: resources, tokeninfo, tokens and consent page."""
