"""The tables of the declaration language: their common form, responses, rate-limit windows."""
