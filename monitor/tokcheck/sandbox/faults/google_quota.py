"""The faults of the Google Health API's rate limits: used up in every form.

https://developers.google.com/health/rate-limits
"""

from tokcheck.sandbox.faults import google_bodies
from tokcheck.sandbox.faults.fault import constant_body
from tokcheck.sandbox.faults.google import api_fault

GOOGLE_QUOTA_FAULTS = (
    api_fault(
        "too-many-requests",
        "the requests of this minute are used up",
        429,
        constant_body(google_bodies.quota(google_bodies.quota_info())),
    ),
    api_fault(
        "too-many-requests-retry-info",
        "the requests of this minute are used up, with a delay in the body",
        429,
        constant_body(
            google_bodies.quota(google_bodies.quota_info(), google_bodies.retry_info("32s"))
        ),
    ),
    api_fault(
        "too-many-requests-message-only",
        "the requests of this minute are used up, a message and no details",
        429,
        constant_body(google_bodies.quota()),
    ),
    api_fault(
        "too-many-requests-retry-after",
        "the requests of this minute are used up, with a Retry-After header",
        429,
        constant_body(google_bodies.quota(google_bodies.quota_info())),
        ("Retry-After", "32"),
    ),
    api_fault(
        "too-many-requests-day",
        "the project's requests of this day are used up, with a short delay in the body",
        429,
        constant_body(
            google_bodies.quota(
                google_bodies.quota_info(
                    limit="RequestsPerDayPerProject", value="86400000", unit="1/d/{project}"
                ),
                google_bodies.retry_info("32s"),
            )
        ),
    ),
    api_fault(
        "too-many-requests-100-seconds",
        "the user's requests of a window of 100 seconds are used up",
        429,
        constant_body(
            google_bodies.quota(
                google_bodies.quota_info(
                    limit="USER-100s", value="500", unit="1/100s/{project}/{user}"
                ),
                google_bodies.retry_info("41s"),
            )
        ),
    ),
    api_fault(
        "rate-limit-legacy",
        "requests are used up, as a 403 of older services",
        403,
        constant_body(google_bodies.legacy("Rate Limit Exceeded", "rateLimitExceeded")),
    ),
    api_fault(
        "user-rate-limit-legacy",
        "the requests of one user are used up, as a 403 of older services",
        403,
        constant_body(google_bodies.legacy("User Rate Limit Exceeded", "userRateLimitExceeded")),
    ),
)
