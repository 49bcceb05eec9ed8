"""Where a token belongs: program code, references to secrets, printed objects and masks."""

from time import process_time

import pytest

from tests.support.checks import check
from tokcheck.core.report import Report, Verdict

_READS = "program code that reads a variable"
_JOINS = "program code that puts a token there"
_ENV = "tokcheck validate --env FITBIT_TOKEN"


def placeholder(text: str) -> Report:
    report = check(text)
    assert Verdict.PLACEHOLDER is report.verdict, report.summary
    return report


READERS = [
    "os.environ['FITBIT_TOKEN']", 'os.environ["FITBIT_TOKEN"]', "os.environ.get('FITBIT_TOKEN')",
    "os.getenv('FITBIT_TOKEN')", "process.env.FITBIT_TOKEN", "process.env['FITBIT_TOKEN']",
    "import.meta.env.FITBIT_TOKEN", 'Deno.env.get("FITBIT_TOKEN")', "Bun.env.FITBIT_TOKEN",
    'os.Getenv("FITBIT_TOKEN")', 'System.getenv("FITBIT_TOKEN")', "ENV['FITBIT_TOKEN']",
    "ENV.fetch('FITBIT_TOKEN')", 'Environment.GetEnvironmentVariable("FITBIT_TOKEN")',
    "getenv('FITBIT_TOKEN')", "$_ENV['FITBIT_TOKEN']", "$_SERVER['FITBIT_TOKEN']",
    'Sys.getenv("FITBIT_TOKEN")', 'std::env::var("FITBIT_TOKEN")', 'env::var("FITBIT_TOKEN")',
    'env!("FITBIT_TOKEN")', 'System.get_env("FITBIT_TOKEN")', "$ENV{FITBIT_TOKEN}",
    "Platform.environment['FITBIT_TOKEN']",
    'ProcessInfo.processInfo.environment["FITBIT_TOKEN"]',
]  # fmt: skip


@pytest.mark.parametrize("code", READERS)
def test_code_that_reads_a_variable_is_named_wherever_it_stands(code: str) -> None:
    for around in (
        "@", "Bearer @", "headers={'Authorization': 'Bearer ' + @}", '"Bearer "+@',
        "'Authorization: Bearer ' . @", '("Bearer", @)', '"Bearer " & @', "`Bearer ${@}`",
        'f"Bearer {@}"', '"Bearer #{@}"', '"Bearer \\(@)"', "Authorization: Bearer ${@}",
        '"Bearer " .. @', "'Bearer ' || @", 'format!("Bearer {}", @)', "'Bearer %s' % @",
        "'Bearer {}'.format(@)", 'fmt.Sprintf("Bearer %s", @)',
    ):  # fmt: skip
        report = placeholder(around.replace("@", code))
        assert _READS in report.summary, around
        assert _ENV in " ".join(report.advice), around


@pytest.mark.parametrize(
    "text",
    [
        "headers={'Authorization': 'Bearer ' + token}", '"Bearer " + this.token', '"Bearer "+tok)',
        "'Bearer ' . $token", "'Bearer ' . $this->token", "'Bearer ' . get_option('token')",
        'new AuthenticationHeaderValue("Bearer", token)', "`Bearer ${config.token}`",
        "`Bearer ${await getToken()}`", "Bearer ${var.fitbit_token}", "${var.x}", "${config.token}",
        '"Bearer #{token}"', '"Bearer \\(token)"', "config.token", "access_token: config.api.token",
        "token = self.access_token", "Authorization: this.props.token", '"Bearer {}", token)',
        "'Bearer {}'.format(access_token)", "'Bearer %s' % token", 'Sprintf("Bearer %s", token)',
        '"Bearer " & token', '"Bearer " <> token', "'Bearer ' || v_token",
    ],
)  # fmt: skip
def test_other_code_is_named_as_code(text: str) -> None:
    report = placeholder(text)
    assert _JOINS in report.summary
    assert "--env" not in " ".join(report.advice)


@pytest.mark.parametrize(
    "text",
    [
        'The header begins with "Bearer". Then comes the token', '{"token_type": "Bearer", "x": 1}',
        "token_type='Bearer', expires_in=3600", "{token_type: 'Bearer', expires_in: 3600}",
        "'Bearer' + name: x", 'Write "Bearer", then the token', "authorization: Bearer",
    ],
)  # fmt: skip
def test_a_sentence_or_a_response_is_no_code(text: str) -> None:
    assert Verdict.NO_TOKEN is check(text).verdict


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        ("template", "{{ _.token }}"), ("template", "{{ .Values.token }}"),
        ("template", "{{ token | default('') }}"),
        ("template", "Bearer {{ .Values.fitbit.token }}"),
        ("reference to a stored secret", "!secret fitbit_token"),
        ("reference to a stored secret", "token: !secret fitbit_token"),
        ("reference to a stored secret", "op://vault/fitbit/token"),
        ("reference to a stored secret", 'access_token: "op://vault/fitbit/token"'),
        ("reference to a stored secret", "secretKeyRef:\n  name: fitbit\n  key: token"),
        ("reference to a stored secret",
        "valueFrom:\n  secretKeyRef:\n    name: fitbit\n    key: t"),
        ("reference to a stored secret", "{{resolve:secretsmanager:fitbit:SecretString:token}}"),
        ("prints a response", "<Response [401]>"), ("prints an object", "[object Object]"),
        ("prints a response", "<Response [200 OK]>"),
        ("prints a response", "<ClientResponse(https://example.org/x) [200 OK]>"),
        ("expression of Terraform", "var.fitbit_token"), ("expression of Terraform", "local.token"),
        ("expression of Terraform", "access_token = var.fitbit_token"),
        ("expression of Terraform", "Authorization = var.fitbit_token"),
        ("prints an object", "Bearer [object Promise]"),
        ("prints an object", "Promise { <pending> }"),
        ("prints an object", "<fitbit.api.Fitbit object at 0x7f3a2b4c5d60>"),
        ("variable that was not replaced", "$(FITBIT_TOKEN)"),
        ("variable that was not replaced", "Bearer $(Fitbit.Token)"),
        ("command, and its output", "$(pass)"), ("command, and its output", "$(cat token.txt)"),
        ("variable that was not replaced", "Authorization: Basic $B64"),
        ("variable that was not replaced", "client_secret: ${SECRET}"),
    ],
)  # fmt: skip
def test_each_kind_is_named_as_what_it_is(summary: str, text: str) -> None:
    assert summary in placeholder(text).summary


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        ("The token was masked", "ghp_****"), ("The token was masked", "xoxb-***"),
        ("The token was masked", "1//0****"), ("The token was masked", "GOCSPX-****"),
        ("The token was masked", "github_pat_********"),
        ("The token was masked", "Bearer AIza****"),
        ("The token was masked", "refresh_token=1//0****"),
        ("The credentials were masked", "Authorization: Basic ***"),
        ("The credentials were masked", "-H 'Authorization: Basic [REDACTED]'"),
        ("The secret was masked", 'client_secret: "***"'),
        ("The secret was masked", "FITBIT_CLIENT_SECRET=****"),
        ("The secret was masked", '{"client_secret": "GOCSPX-****"}'),
        ("The secret was masked", "x-api-key: ****"),
        ("The token was shortened", "FITBIT_REFRESH_TOKEN=abc123...9fe0"),
        ("The token was shortened", '{"refresh_token": "abc123\u20269fe0"}'),
        ("The token was shortened", "abc123...9fe0"),
        ("The token was shortened", "Bearer 4fa9...bc"),
        ("The secret was shortened", "client_secret=abc123...9fe0"),
    ],
)  # fmt: skip
def test_what_a_program_masked_or_shortened_is_named_so(summary: str, text: str) -> None:
    report = placeholder(text)
    assert report.summary.startswith(f"{summary} by the program that printed")
    assert "cannot be restored" in report.advice[0]


@pytest.mark.untraced
@pytest.mark.parametrize(
    "part",
    ["'Bearer ' + ", "Bearer ${a.", "Bearer '.$a->b", "secretKeyRef:\n  name:", "client_secret=a",
     "Basic $", "a...", "Bearer \\(a(", "{{ ", "'Bearer'+a[b]", "****", "abc1", "op://", "-"],
)  # fmt: skip
def test_a_long_text_of_one_part_takes_little_time(part: str) -> None:
    started = process_time()
    check(part * (256 * 1024 // len(part)))
    assert process_time() - started < 15
