"""``--provider`` and ``--providers``: their values are known without loading any provider."""

from enum import StrEnum
from typing import Annotated

import typer


class ProviderName(StrEnum):
    """The providers, for ``--provider``."""

    FITBIT = "fitbit"
    GOOGLE_HEALTH = "google-health"


PROVIDER_METAVAR = "PROVIDER"
PROVIDERS = " or ".join(ProviderName)

Declarations = Annotated[
    str | None,
    typer.Option(
        "--providers",
        metavar="PATH",
        help="Read declarations of providers from this file or folder.",
        show_default=False,
    ),
]
