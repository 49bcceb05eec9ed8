"""The subject of a budget: one key for one user, which reveals no id."""

from tokcheck.exporter.state import is_user_subject
from tokcheck.exporter.state.budget_subject import budget_subject


def test_one_user_is_one_subject_and_no_id_is_revealed() -> None:
    one = budget_subject("anna", "fitbit", "23TEST", "7TESTS")
    assert one == budget_subject("ben", "fitbit", "23TEST", "7TESTS")
    assert is_user_subject(one)
    others = [
        budget_subject("anna", "fitbit", "23TEST", "8TESTS"),
        budget_subject("anna", "fitbit", "24TEST", "7TESTS"),
        budget_subject("anna", "google-health", "23TEST", "7TESTS"),
        budget_subject("anna", "fitbit", None, "7TESTS"),
        budget_subject("ben", "fitbit", "23TEST", None),
    ]
    assert 6 == len({one, *others})
    assert budget_subject("anna", None, None, "7") == budget_subject("anna", None, None, None)
    assert budget_subject("anna", "acme", None, "7") == budget_subject("ben", "acme", None, "7")
    assert not is_user_subject(others[-1])
    assert not [text for text in (one, *others) if "TEST" in text or "anna" in text]
