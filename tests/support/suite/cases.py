"""Tables of cases that one test goes through: an item of pytest for each case takes longer."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import wraps

import pytest

_MOST_SHOWN = 5
# A group is what a table within a table raises.
_FAILURES = (Exception, pytest.fail.Exception, BaseExceptionGroup)

Test = Callable[..., None]


def each_case(
    names: str | Sequence[str], cases: Iterable[object], ids: object = None
) -> Callable[[Test], Test]:
    """Run a test with every case, as ``pytest.mark.parametrize``, but within one item.

    Every case runs, whatever fails; the error shows the first that did. ``ids`` are not needed.
    """
    del ids
    known = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    table = [dict(zip(known, _values_of(case, len(known)), strict=True)) for case in cases]

    def decorate(test: Test) -> Test:
        signature = inspect.signature(test)
        fixtures = [one for name, one in signature.parameters.items() if name not in known]

        @wraps(test)
        def run(**others: object) -> None:
            errors: list[BaseException] = []
            for case in table:
                try:
                    test(**others, **case)
                except _FAILURES as error:
                    error.add_note(f"case: {case!r}")
                    errors.append(error)
            if errors:
                message = f"{len(errors)} of {len(table)} cases failed"
                raise BaseExceptionGroup(message, errors[:_MOST_SHOWN])

        del run.__wrapped__
        run.__signature__ = signature.replace(parameters=fixtures)  # type: ignore[attr-defined]
        return run

    return decorate


def _values_of(case: object, count: int) -> Sequence[object]:
    if isinstance(case, tuple) and hasattr(case, "marks"):  # a pytest.param()
        return case.values  # type: ignore[attr-defined,no-any-return]
    return [case] if count == 1 else case  # type: ignore[return-value]
