"""A local server in place of the Fitbit Web API and the Google Health API, on loopback.

Start one with :func:`tokcheck.sandbox.server.running`. This package imports nothing of tokcheck but
``core``, so that the providers are tested against an independent description of both APIs.
"""
