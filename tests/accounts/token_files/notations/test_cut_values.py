"""Values that a program joins from pieces in ways that are not read: refused, never cut."""

import time

import pytest

from tests.accounts.token_files.notations.test_continued_values import (
    REFRESH,
    SECRET,
    halves,
    parse,
)
from tokcheck.accounts.token_files.notations.cut_values import is_cut
from tokcheck.core.errors import UsageError

_CUT = {
    "glued quotation": '{name}={one}"{two}"\n',
    "appended": "{name}={one}\n{name}+={two}\n",
    "array of PHP": "$a = ['{name}' => '{one}' . '{two}'];\n",
    "template of JavaScript": "const {name} = `{one}\\\n{two}`;\n",
    "definition of C": '#define {name} "{one}" "{two}"\n',
    "PowerShell": '${name} = "{one}" + `\n  "{two}"\n',
    "heredoc": "{name} = <<EOF\n{one}\n{two}\nEOF\n",
    "join": 'const a = {{ {name}: ["{one}", "{two}"].join("") }};\n',
}
_WHOLE = {
    "settings": "{name}={value}\nother=x\n",
    "quoted": '{name}="{value}" # a comment\n',
    "JSON": '{{"a": 1, "{name}": "{value}", "b": "c"}}',
    "list": '["{value}", "x"]',
    "curl": 'curl -d "{name}={value}" "https://api.example/token"',
    "continued command": 'curl -d "{name}={value}" \\\n  "https://api.example/token"',
    "form": "{name}={value}&grant_type=refresh_token",
    "escaped": '"{{\\"{name}\\":\\"{value}\\",\\"a\\":1}}"',
    "heredoc": "{name} = <<EOF\n{value}\nEOF\nother = 1\n",
    "table": "| {name} | `{value}` | `x` |",
    "lines": "{name}: '{value}'\n'a': 'b'\n",
    "and": '{name}="{value}" && echo "x"\n',
}


@pytest.mark.parametrize("form", _CUT.values(), ids=_CUT)
@pytest.mark.parametrize("cut", ["refresh_token", "client_secret"])
def test_a_value_in_pieces_is_whole_or_refused(form: str, cut: str) -> None:
    values = {"refresh_token": REFRESH, "client_secret": SECRET}
    text = "client_id=abcd-efg\n"
    for name, value in values.items():
        one, two = halves(value)
        written = form if name == cut else "{name}={one}{two}\n"
        text += written.format(name=name, one=one, two=two)
    try:
        found = parse(text, "whoop")
    except UsageError as error:
        shown = f"{error.message} {error.hint}"
    else:
        shown = ""
        assert found.refresh is not None
        assert REFRESH == found.refresh.reveal()
        assert found.client_secret is None or SECRET == found.client_secret.reveal()
    assert halves(values[cut])[0] not in shown


@pytest.mark.parametrize("form", _WHOLE.values(), ids=_WHOLE)
def test_a_value_in_one_piece_is_not_cut(form: str) -> None:
    assert not is_cut(form.format(name="client_secret", value=SECRET), SECRET)


@pytest.mark.untraced
@pytest.mark.parametrize(
    "text",
    [f"a={SECRET}\n" + "\n" * 200_000 + "x", f"a={SECRET}\n" * 10_000 + "a+=x\n"],
    ids=["empty lines", "the value repeated"],
)
def test_the_search_takes_no_long_time(text: str) -> None:
    began = time.process_time()
    is_cut(text, SECRET)
    assert time.process_time() - began < 3
