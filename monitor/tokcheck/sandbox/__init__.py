"""An embedded stand-in for the Fitbit Web API and the Google Health API, on loopback.

Start one with :func:`tokcheck.sandbox.serve.running`. The room knows nothing of the rest of
tokcheck but its errors, so that the real providers are tested against an independent account of
what both APIs do.
"""
