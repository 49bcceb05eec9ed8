"""Error bodies of the Google Health API that several tests read."""

from tests.support.providers.probe_responses import (
    error_info,
)

EXCEEDED = error_info("RATE_LIMIT_EXCEEDED", quota_limit="RequestsPerMinutePerUser")
VALUE_1000 = {"quotaValue": "1000"}
