"""The log of the exporter: which events there are, and when the state of an account is one."""
