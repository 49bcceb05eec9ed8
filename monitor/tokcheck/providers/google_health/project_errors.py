"""Errors about the Google Cloud project that a request counts for, not about the token.

The reasons are those of
https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto .
"""

from collections.abc import Mapping
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import Outcome, Verdict
from tokcheck.providers.api_errors import ApiError
from tokcheck.providers.google_health.advice import OF_CLIENT

_NAME = LazyRegex(r"projects/([a-z0-9][a-z0-9.:-]{1,100})")
_NAME_IN_MESSAGE = LazyRegex(
    r"(?i)\b(?:project|consumer)[ :'#]{1,3}(?:project[_a-z]*:)?"
    r"([a-z0-9-]{0,60}[0-9-][a-z0-9.-]{0,60}[a-z0-9])\b"
)


class _ProjectProblem(NamedTuple):
    """A problem of a project: a clause, and a sentence of advice."""

    clause: str
    advice: str


_SUSPENDED = _ProjectProblem(
    "Google has suspended {project}",
    "Only the project's owner can settle that: Google's mail to them says why. " + OF_CLIENT,
)
_INVALID = _ProjectProblem(
    "{project} does not exist or was deleted",
    "Restore the project within 30 days (https://console.cloud.google.com/cloud-resource-manager), "
    "or create an OAuth client in another one and have the users consent again. Also check the "
    "project that a header X-Goog-User-Project names.",
)
_PROBLEMS: Mapping[str, _ProjectProblem] = {
    "CONSUMER_INVALID": _INVALID,
    "RESOURCE_PROJECT_INVALID": _INVALID,
    "CONSUMER_SUSPENDED": _SUSPENDED,
    "GCP_SUSPENDED": _SUSPENDED,
    "BILLING_DISABLED": _ProjectProblem(
        "billing is disabled in {project}",
        "Enable billing for the project at https://console.cloud.google.com/billing/projects and "
        "try again in a few minutes. " + OF_CLIENT,
    ),
    "USER_PROJECT_DENIED": _ProjectProblem(
        "the user's account may not use {project}, which the request names",
        "Leave out the header X-Goog-User-Project (the quota project), or grant the account the "
        "role Service Usage Consumer in that project.",
    ),
    "SERVICE_NOT_VISIBLE": _ProjectProblem(
        "the API is not available to {project}",
        "Check that the project may use the Google Health API "
        "(https://developers.google.com/health/setup). " + OF_CLIENT,
    ),
}


# An error without an ErrorInfo has its status word or an older reason, and its message alone.
_SILENT_REASONS = {"PERMISSION_DENIED", "FAILED_PRECONDITION", "INVALID_ARGUMENT", "forbidden"}
_MESSAGES = (
    (
        LazyRegex(r"(?i)\b(?:project|consumer)\b.{1,140}\b(?:deleted|does not exist|not found)\b"),
        _INVALID,
    ),
    (LazyRegex(r"(?i)\b(?:project|consumer)\b.{1,140}\bsuspended\b"), _SUSPENDED),
    (
        LazyRegex(r"(?i)\bbilling\b.{1,140}\b(?:disabled|not enabled|to be enabled)\b"),
        _PROBLEMS["BILLING_DISABLED"],
    ),
)


def project_problem_outcome(error: ApiError) -> Outcome | None:
    """Return the outcome of an error about a project; ``None`` for any other."""
    message = error.message or ""
    problem = _PROBLEMS.get(error.type or "")
    if problem is None and error.type in _SILENT_REASONS:
        problem = next((known for form, known in _MESSAGES if form.search(message)), None)
    if problem is None:
        return None
    match = _NAME.search(error.details.get("consumer", "")) or _NAME_IN_MESSAGE.search(message)
    project = f"project {match.group(1)}" if match else "the project"
    return Outcome(Verdict.API_DISABLED, problem.clause.format(project=project), (problem.advice,))
