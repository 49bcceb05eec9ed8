"""The names and the cost of ``import tokcheck``. A change of these lists is one for users."""

import ast
import copy
import inspect
import pickle
import subprocess
import sys
from importlib import import_module
from importlib.metadata import files
from pathlib import Path

import pytest

import tokcheck
from tests.support.paths import ROOT

_CHECK_OPTIONS = (
    "offline, provider, providers, api_url, require_scopes, min_ttl, timeout, environment, now"
)
_PUBLIC = {
    "Finding": "class",
    "GrantError": "class",
    "NetError": "class",
    "NoTokenError": "class",
    "OAuthError": "class",
    "Report": "class",
    "StoreError": "class",
    "TokcheckError": "class",
    "UsageError": "class",
    "Verdict": "class",
    "__version__": "str",
    "auth": "(account: str, *, min_ttl, api_url, environment, now)",
    "check": f"(paste: str, *, {_CHECK_OPTIONS})",
    "check_async": f"async (paste: str, *, {_CHECK_OPTIONS})",
    "clean": "(paste: str)",
    "observe": "(account: str, *, provider, api_url, environment, now)",
    "scan_text": "(text: str, *, path, providers, environment, now)",
}
_ERRORS = {
    "GrantError": ("TokcheckError", ("hint", "message")),
    "NetError": ("TokcheckError", ("hint", "message")),
    "NoTokenError": ("TokcheckError", ("hint", "message", "verdict")),
    "OAuthError": ("TokcheckError", ("hint", "message")),
    "StoreError": ("TokcheckError", ("hint", "message")),
    "TokcheckError": ("Exception", ("hint", "message")),
    "UsageError": ("TokcheckError", ("hint", "message")),
}
_REPORT = (
    "advice", "checked_at", "claims", "cleaned", "clock_skew_seconds", "credential", "devices",
    "expires_in_seconds", "explains", "probe", "provider", "quota", "scopes", "summary",
    "to_dict", "usable", "verdict",
)  # fmt: skip
_FINDING = (
    "column", "end_column", "end_line", "expired", "expires_at", "fingerprint", "kind", "level",
    "line", "masked", "path", "provider",
)  # fmt: skip
_PACKAGE = Path(tokcheck.__file__).parent


def _describe(name: str) -> str:
    value = getattr(tokcheck, name)
    if inspect.isclass(value):
        return "class"
    if not callable(value):
        return type(value).__name__
    parameters = inspect.signature(value).parameters.values()
    shown: list[str] = []
    for parameter in parameters:
        if parameter.kind is parameter.KEYWORD_ONLY:
            assert parameter.default is not parameter.empty, "an option has a default"
            shown += [] if "*" in shown else ["*"]
            shown.append(parameter.name)
        else:
            shown.append(str(parameter))
    start = "async " if inspect.iscoroutinefunction(value) else ""
    return f"{start}({', '.join(shown)})"


def test_the_public_names_change_only_on_purpose() -> None:
    assert sorted(_PUBLIC) == tokcheck.__all__
    assert {name: _describe(name) for name in tokcheck.__all__} == _PUBLIC


def test_the_errors_change_only_on_purpose() -> None:
    assert set(_ERRORS) == {name for name in _PUBLIC if name.endswith("Error")}
    for name, (base, facts) in _ERRORS.items():
        kind = getattr(tokcheck, name)
        assert base == kind.__mro__[1].__name__
        error = kind.__new__(kind)
        error.__dict__.update(dict.fromkeys(facts, "x"))
        assert all(getattr(error, fact) == "x" for fact in facts)


def test_the_documented_attributes_are_there() -> None:
    assert set() == set(_REPORT) - set(dir(tokcheck.Report))
    assert set() == set(_FINDING) - set(dir(tokcheck.Finding))


def test_a_report_has_each_key_of_the_json_as_an_attribute() -> None:
    report = tokcheck.check("nothing", offline=True)
    assert set(_REPORT) - {"checked_at", "to_dict"} == set(report.to_dict()) - {"schema"}


def test_every_public_name_has_a_docstring() -> None:
    assert [] == [
        name for name in tokcheck.__all__ if not (name == "__version__" or _doc(name).endswith("."))
    ]


def _doc(name: str) -> str:
    return inspect.cleandoc(getattr(tokcheck, name).__doc__ or "").partition("\n")[0]


def test_type_checkers_see_each_name_where_it_is_defined() -> None:
    tree = ast.parse((_PACKAGE / "__init__.py").read_text())
    imports = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if node.module not in {"typing", "tokcheck.core.lazy"}
    }
    assert set(tokcheck.__all__) == set(imports)
    for name, module in imports.items():
        assert getattr(import_module(str(module)), name) is getattr(tokcheck, name)


def test_no_public_name_is_that_of_a_module() -> None:
    """The import of a module would put it in the place of the function."""
    modules = {path.stem for path in _PACKAGE.iterdir()}
    assert set() == modules & set(tokcheck.__all__)


def test_tab_completion_shows_the_public_names_before_they_are_loaded() -> None:
    shown = [name for name in dir(tokcheck) if not name.startswith("_")]
    assert [name for name in tokcheck.__all__ if not name.startswith("_")] == shown


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'chekc'"):
        _ = tokcheck.chekc  # type: ignore[attr-defined]


def test_an_import_loads_nothing_but_the_version() -> None:
    program = (
        "import sys; bare = set(sys.modules); import tokcheck; "
        "print(*sorted(set(sys.modules) - bare))"
    )
    result = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(_PACKAGE.parent)!r}); "
         f"{program}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ["tokcheck", "tokcheck.core", "tokcheck.core.version"] == result.stdout.split()


def test_an_offline_check_loads_no_network() -> None:
    program = (
        "import sys, tokcheck; tokcheck.check('ya29.x', offline=True); tokcheck.clean; "
        "print(*{'asyncio', 'httpx', 'ssl', 'typer', 'pydantic', 'starlette'} & set(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(_PACKAGE.parent)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert [] == result.stdout.split()


def test_the_types_are_in_the_package() -> None:
    assert (_PACKAGE / "py.typed").exists()
    pyproject = (ROOT / "pyproject.toml").read_text()
    assert 'packages = ["monitor/tokcheck"]' in pyproject
    assert files("tokcheck"), "installed"


def test_a_report_is_immutable_comparable_and_holds_no_token() -> None:
    token = "eyJ" + "a" * 60
    report = tokcheck.check(f"Bearer {token}", offline=True)
    with pytest.raises(AttributeError):
        report.summary = "another"  # type: ignore[misc]
    assert report == pickle.loads(pickle.dumps(report))
    assert report == copy.deepcopy(report)
    assert hash(report) == hash(copy.deepcopy(report))
    assert token.encode() not in pickle.dumps(report)
    shown = report.to_dict()
    shown["advice"].append("changed")
    assert report.to_dict()["advice"] == list(report.advice)
