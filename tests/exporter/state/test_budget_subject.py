"""Whose calls a probe spends: one name for one user, which tells nobody who."""

from tokcheck.exporter.state.transitions import names_user, subject


def test_one_user_is_one_subject_and_no_id_shows() -> None:
    one = subject("anna", "fitbit", "23TEST", "7TESTS")
    assert one == subject("ben", "fitbit", "23TEST", "7TESTS")
    assert names_user(one)
    others = [
        subject("anna", "fitbit", "23TEST", "8TESTS"),
        subject("anna", "fitbit", "24TEST", "7TESTS"),
        subject("anna", "google-health", "23TEST", "7TESTS"),
        subject("anna", "fitbit", None, "7TESTS"),
        subject("ben", "fitbit", "23TEST", None),
    ]
    assert 6 == len({one, *others})
    assert subject("anna", "fitbit", None, "7") == subject("anna", None, None, None)
    assert not names_user(others[-1])
    assert not [text for text in (one, *others) if "TEST" in text or "anna" in text]
