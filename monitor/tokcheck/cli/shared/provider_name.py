"""``--provider`` and ``--providers``: their values are known without loading any provider."""

from enum import StrEnum


class ProviderName(StrEnum):
    """The providers, for ``--provider``."""

    FITBIT = "fitbit"
    GOOGLE_HEALTH = "google-health"


PROVIDER_METAVAR = "PROVIDER"
PROVIDERS = " or ".join(ProviderName)

DECLARATIONS_OPTION = "--providers"
DECLARATIONS_HELP = "Read declarations of providers from this file or folder (repeatable)."
