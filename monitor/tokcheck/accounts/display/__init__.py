"""Stored accounts as text for people and JSON for programs, without secrets. Pure."""

from tokcheck.accounts.display.as_json import SCHEMA, account_details, account_summary
from tokcheck.accounts.display.as_text import account_sheet, accounts_table
from tokcheck.accounts.display.status import AccountStatus, account_status, status_words

__all__ = [
    "SCHEMA",
    "AccountStatus",
    "account_details",
    "account_sheet",
    "account_status",
    "account_summary",
    "accounts_table",
    "status_words",
]
