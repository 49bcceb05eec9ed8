"""Texts in Base64, and in codings of several bytes a character."""
