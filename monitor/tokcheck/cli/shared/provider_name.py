"""The values of ``--provider``: those of an option are known without loading any provider."""

from enum import StrEnum


class ProviderName(StrEnum):
    """The providers, for ``--provider``."""

    FITBIT = "fitbit"
    GOOGLE_HEALTH = "google-health"


PROVIDER_METAVAR = "|".join(ProviderName)
