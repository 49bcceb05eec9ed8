import pytest

from tokcheck.core.report import Scope
from tokcheck.providers import fitbit

PREFIX = "https://www.googleapis.com/auth/googlehealth."
# Names and codes: worked out from redirect texts that print both.
CODES = {
    "act": "activity",
    "cf": "cardio_fitness",
    "ecg": "electrocardiogram",
    "hr": "heartrate",
    "irn": "irregular_rhythm_notifications",
    "loc": "location",
    "nut": "nutrition",
    "oxy": "oxygen_saturation",
    "pro": "profile",
    "res": "respiratory_rate",
    "set": "settings",
    "sle": "sleep",
    "soc": "social",
    "tem": "temperature",
    "wei": "weight",
}


@pytest.mark.parametrize(("code", "name"), CODES.items())
def test_each_fitbit_code_has_its_name_and_access(code: str, name: str) -> None:
    for letter, access in (("r", "read"), ("w", "read-write")):
        explained = fitbit.scope(letter + code)
        assert (name, letter + code, access) == explained[:3]
        assert explained.description
    assert set(CODES.values()) == set(fitbit.PROVIDER.scopes)


@pytest.mark.parametrize("code", ["rnew", "xset", "r", "", "set", "RSET", "rsett"])
def test_an_unknown_fitbit_code_is_its_own_name(code: str) -> None:
    assert Scope(code, code, None, None) == fitbit.scope(code)


def test_a_fitbit_name_in_place_of_a_code_is_explained() -> None:
    explained = fitbit.scope("settings")
    assert explained[:3] == ("settings", "settings", None)
    assert explained.description


@pytest.mark.parametrize(
    ("expected", "codes"),
    [
        (("settings.readonly",), ("rset",)),
        (("settings.readonly", "settings.writeonly"), ("wset",)),
        (("ecg.readonly",), ("wecg",)),
        (("irn.readonly", "location.readonly"), ("wirn", "wloc")),
        (("health_metrics_and_measurements.readonly",), ("rhr", "roxy", "rres", "rtem", "rwei")),
        (("activity_and_fitness.readonly",), ("ract", "rcf")),
        ((), ("rsoc", "rnew")),
        ((), ()),
    ],
)
def test_the_same_access_at_google_health(
    expected: tuple[str, ...], codes: tuple[str, ...]
) -> None:
    successors = fitbit.same_access(tuple(fitbit.scope(code) for code in codes))
    addresses = tuple(PREFIX + ending for ending in expected)
    assert ({"Google Health API": addresses} if expected else {}) == successors
