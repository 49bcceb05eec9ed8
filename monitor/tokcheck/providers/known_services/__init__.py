"""Services that are not providers in use: their tokens are only recognised.

Those with a ready-made declaration are known by that; the others are in a table.
"""

from tokcheck.core.credential import Kind, KnownService
from tokcheck.providers.known_services.ready_made import TABLES
from tokcheck.providers.known_services.recognition import Table, service_of_table
from tokcheck.providers.known_services.undeclared import UNDECLARED


def _recognition_alone(table: Table) -> KnownService:
    """Return a declared service: its tokens are named for people, and sent nowhere."""
    service = service_of_table(table)
    forms = (
        form if form.kind is Kind.REFRESH_TOKEN else form._replace(kind=Kind.API_KEY)
        for form in service.forms
    )
    return service._replace(forms=tuple(forms), provider="", bare=())


KNOWN_SERVICES: tuple[KnownService, ...] = (
    *map(_recognition_alone, filter(lambda table: table.get("names", [""]), TABLES.values())),
    *UNDECLARED,
)
