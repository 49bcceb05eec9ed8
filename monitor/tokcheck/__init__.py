"""tokcheck: what is this API token, does it work, and how much may it still be used?"""

__version__ = "0.1.0"
