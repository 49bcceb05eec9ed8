"""The meaning of an error message that was pasted without a token."""

from tokcheck.accounts.explanation.explainer import explain_message

__all__ = ["explain_message"]
