"""The verdicts by what they are about: a new one belongs to one of these sets."""

from tokcheck.core.report import Verdict

OF_A_PASTE = frozenset(
    {
        Verdict.MALFORMED,
        Verdict.INCOMPLETE,
        Verdict.WRONG_KIND,
        Verdict.WRONG_PROVIDER,
        Verdict.PLACEHOLDER,
        Verdict.NO_TOKEN,
        Verdict.AMBIGUOUS,
    }
)
"""Those of a text of which nothing is sent."""
OF_A_RESPONSE = frozenset(Verdict) - OF_A_PASTE - {Verdict.UNVERIFIED}
"""Those that a probe may return."""
