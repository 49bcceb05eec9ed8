"""A name/value pair with other fields, comments or lines between the name and the value."""

import json

from tests.support.scan.searching import finds_only, search
from tests.support.tokens import FITBIT_REFRESH

_NAME = "FITBIT_REFRESH_TOKEN"


def test_a_value_behind_other_fields_of_its_pair_is_found() -> None:
    azure = {"name": _NAME, "slotSetting": False, "value": FITBIT_REFRESH}
    cookie = {
        "domain": "app.test", "name": "refresh_token", "path": "/", "secure": True,
        "expirationDate": 1796000000.123, "storeId": "0", "value": FITBIT_REFRESH,
    }  # fmt: skip
    for pair in (azure, cookie):
        for indent in (None, 2, 4):
            assert finds_only(json.dumps([pair], indent=indent), FITBIT_REFRESH)


def test_a_value_behind_lines_of_its_pair_is_found() -> None:
    for between in ("    # from the vault\n", "    required: true\n", "\n", "    # a\n    # b\n"):
        for quote in ("", '"'):
            text = f"env:\n  - name: {_NAME}\n{between}    value: {quote}{FITBIT_REFRESH}{quote}\n"
            assert finds_only(text, FITBIT_REFRESH), text
    assert finds_only(f"- name: {_NAME}  # c\n  value: {FITBIT_REFRESH}\n", FITBIT_REFRESH)


def test_the_value_of_another_pair_or_field_is_none() -> None:
    for text in (
        json.dumps({"name": _NAME, "sha256": FITBIT_REFRESH}),
        json.dumps([{"name": _NAME, "x": 1}, {"name": "B", "value": FITBIT_REFRESH}]),
        f"- name: {_NAME}\n- name: OTHER\n  value: {FITBIT_REFRESH}\n",
        f"- name: {_NAME}\n  sha: {FITBIT_REFRESH}\n",
    ):
        assert [] == search(text), text
