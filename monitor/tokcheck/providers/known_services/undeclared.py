"""Services without a declaration: named for people, and never sent anywhere.

A token of one is found by its prefix. A token without a prefix is a service's only if the text
around it names the service.
"""

from tokcheck.core.credential import Kind, KnownService, ServiceForm

_REFRESH = Kind.REFRESH_TOKEN
_END = r"(?![A-Za-z0-9])"

UNDECLARED: tuple[KnownService, ...] = (
    # https://docs.slack.dev/authentication/tokens/
    KnownService(
        "Slack",
        ("slack",),
        (
            ServiceForm("a Slack token with rotation", "xoxe.", r"[\w.-]{10,512}"),
            ServiceForm("a Slack bot token", "xoxb-", r"[\w-]{10,255}"),
            ServiceForm("a Slack user token", "xoxp-", r"[\w-]{10,255}"),
            ServiceForm("a Slack app-level token", "xapp-", r"[\w-]{10,255}"),
            ServiceForm("a Slack refresh token", "xoxe-", r"[\w-]{10,512}", _REFRESH),
        ),
    ),
    # https://platform.openai.com/docs/api-reference/authentication
    KnownService(
        "OpenAI",
        ("openai",),
        tuple(
            ServiceForm("an OpenAI API key", prefix, r"[\w-]{16,300}")
            for prefix in ("sk-proj-", "sk-svcacct-", "sk-admin-")
        ),
    ),
    # https://docs.anthropic.com/en/api/overview
    KnownService(
        "Anthropic",
        ("anthropic",),
        (
            ServiceForm("an Anthropic OAuth access token", "sk-ant-oat", r"[\w-]{16,300}"),
            ServiceForm("an Anthropic API key", "sk-ant-", r"[\w-]{16,300}"),
        ),
    ),
    # OpenAI's form before keys belonged to projects.
    KnownService(
        "OpenAI", (), (ServiceForm("an OpenAI API key", "sk-", rf"[A-Za-z0-9]{{48}}{_END}"),)
    ),
    # https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens
    KnownService(
        "Shopify",
        ("shopify",),
        (
            *(
                ServiceForm("a Shopify access token", prefix, rf"[0-9A-Fa-f]{{32,64}}{_END}")
                for prefix in ("shpat_", "shppa_", "shpca_")
            ),
            ServiceForm("a Shopify application secret", "shpss_", rf"[0-9A-Fa-f]{{32,64}}{_END}"),
        ),
    ),
    # https://developers.hubspot.com/docs/apps/legacy-apps/private-apps/overview
    KnownService(
        "HubSpot",
        ("hubspot", "hubapi"),
        tuple(
            ServiceForm(
                "a HubSpot private app's token",
                prefix,
                r"[0-9A-Fa-f-]{32,40}",
                whole=r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
            )
            for prefix in ("pat-na1-", "pat-na2-", "pat-eu1-", "pat-ap1-")
        ),
    ),
    # https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/
    KnownService(
        "Atlassian",
        ("atlassian",),
        (ServiceForm("an Atlassian API token", "ATATT3x", r"[\w=-]{16,300}"),),
    ),
    # https://linear.app/developers
    KnownService(
        "Linear",
        ("linear.app",),
        (
            ServiceForm("a Linear API key", "lin_api_", r"[A-Za-z0-9]{16,128}"),
            ServiceForm("a Linear OAuth access token", "lin_oauth_", r"[A-Za-z0-9]{16,128}"),
        ),
    ),
    # https://developers.notion.com/page/changelog
    KnownService(
        "Notion",
        ("notion.com", "notion_"),
        (
            ServiceForm("a Notion integration token", "ntn_", r"[A-Za-z0-9]{30,80}"),
            ServiceForm("a Notion integration token", "secret_", rf"[A-Za-z0-9]{{43}}{_END}"),
        ),
    ),
    # https://docs.stripe.com/keys
    KnownService(
        "Stripe",
        ("stripe",),
        tuple(
            ServiceForm(f"a Stripe {name}", prefix, r"[A-Za-z0-9]{16,255}")
            for prefix, name in (
                ("sk_live_", "secret key"),
                ("sk_test_", "secret key"),
                ("rk_live_", "restricted key"),
                ("rk_test_", "restricted key"),
                ("whsec_", "webhook secret"),
            )
        ),
    ),
    # https://docs.databricks.com/aws/en/dev-tools/auth/pat
    KnownService(
        "Databricks",
        ("databricks",),
        (ServiceForm("a Databricks access token", "dapi", rf"[0-9a-f]{{32}}(?:-[0-9])?{_END}"),),
    ),
    # Prefixes of GitHub's table of secret scanning patterns:
    # https://docs.github.com/code-security/secret-scanning/introduction/supported-secret-scanning-patterns
    KnownService(
        "Groq",
        ("groq",),
        (ServiceForm("a Groq API key", "gsk_", rf"[A-Za-z0-9]{{40,64}}{_END}"),),
    ),
    KnownService(
        "xAI",
        ("api.x.ai", "xai_"),
        (ServiceForm("an xAI API key", "xai-", rf"[A-Za-z0-9]{{60,100}}{_END}"),),
    ),
    KnownService(
        "Replicate",
        ("replicate.com",),
        (ServiceForm("a Replicate API token", "r8_", rf"[A-Za-z0-9]{{37}}{_END}"),),
    ),
    KnownService(
        "Figma",
        ("figma",),
        (ServiceForm("a Figma personal access token", "figd_", r"[\w-]{36,60}"),),
    ),
    KnownService(
        "New Relic",
        ("newrelic",),
        (ServiceForm("a New Relic user key", "NRAK-", rf"[A-Z0-9]{{27}}{_END}"),),
    ),
    KnownService(
        "Square",
        ("squareup",),
        tuple(
            ServiceForm(f"a Square {name}", prefix, r"[\w-]{22,60}")
            for prefix, name in (("sq0atp-", "access token"), ("sq0csp-", "application secret"))
        ),
    ),
    KnownService(
        "Meta",
        ("graph.facebook",),
        (
            # Fonts and keys in hexadecimal begin so by chance; a hundred random capitals do not.
            ServiceForm(
                "a Meta (Facebook) access token",
                "EAA",
                rf"(?![A-Z0-9]{{100}})[A-Za-z0-9]{{100,400}}{_END}",
            ),
        ),
    ),
    KnownService(
        "Amazon",
        ("api.amazon",),
        (
            ServiceForm("an access token of Login with Amazon", "Atza|", r"[\w-]{30,2000}"),
            ServiceForm(
                "a refresh token of Login with Amazon", "Atzr|", r"[\w-]{30,2000}", _REFRESH
            ),
        ),
    ),
    # https://polar.sh/docs/integrate/authentication
    KnownService(
        "Polar.sh",
        ("polar.sh",),
        tuple(
            ServiceForm(f"a Polar.sh {name}", prefix, r"[A-Za-z0-9]{32,64}", kind)
            for prefix, name, kind in (
                ("polar_oat_", "organization access token", Kind.API_KEY),
                ("polar_pat_", "personal access token", Kind.API_KEY),
                ("polar_at_u_", "user's access token", Kind.API_KEY),
                ("polar_at_o_", "organization's access token", Kind.API_KEY),
                ("polar_rt_", "refresh token", _REFRESH),
            )
        ),
    ),
    # https://www.twilio.com/docs/glossary/what-is-a-sid
    KnownService(
        "Twilio",
        ("twilio",),
        (
            ServiceForm("a Twilio account id", "AC", rf"[0-9a-f]{{32}}{_END}", is_secret=False),
            ServiceForm("a Twilio API key id", "SK", rf"[0-9a-f]{{32}}{_END}", is_secret=False),
        ),
    ),
    # https://developer.okta.com/docs/reference/core-okta-api/#authentication
    KnownService("Okta", ("okta",), (ServiceForm("an Okta API token", "SSWS ", r"[\w-]{30,64}"),)),
    # https://docs.discord.com/developers/reference#authentication
    KnownService(
        "Discord",
        ("discord",),
        tuple(
            # Its first part is a number in Base64, and the first digit of that is one of nine.
            ServiceForm("a Discord bot token", first, r"[\w-]{22,28}\.[\w-]{6}\.[\w-]{27,40}")
            for first in ("MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT")
        ),
    ),
    # Two package registries: listed in GitHub's table of secret scanning patterns.
    KnownService(
        "npm",
        ("npm",),
        (ServiceForm("an npm access token", "npm_", rf"[A-Za-z0-9]{{36}}{_END}"),),
    ),
    KnownService(
        "PyPI",
        ("pypi",),
        (ServiceForm("a PyPI API token", "pypi-AgE", r"[\w-]{16,400}"),),
    ),
    # https://huggingface.co/docs/hub/security-tokens
    KnownService(
        "Hugging Face",
        ("huggingface",),
        (ServiceForm("a Hugging Face access token", "hf_", rf"[A-Za-z0-9]{{30,40}}{_END}"),),
    ),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
    KnownService(
        "AWS",
        ("amazonaws", "aws_"),
        tuple(
            ServiceForm("an AWS access key id", prefix, rf"[A-Z0-9]{{16}}{_END}")
            for prefix in ("AKIA", "ASIA")
        ),
    ),
    # https://docs.digitalocean.com/reference/api/create-personal-access-token/
    KnownService(
        "DigitalOcean",
        ("digitalocean",),
        tuple(
            ServiceForm(f"a DigitalOcean {name}", prefix, rf"[0-9a-f]{{64}}{_END}", kind)
            for prefix, name, kind in (
                ("dop_v1_", "personal access token", Kind.API_KEY),
                ("doo_v1_", "OAuth access token", Kind.API_KEY),
                ("dor_v1_", "OAuth refresh token", Kind.REFRESH_TOKEN),
            )
        ),
    ),
    # https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys
    KnownService(
        "SendGrid",
        ("sendgrid",),
        (ServiceForm("a SendGrid API key", "SG.", r"[\w-]{16,32}\.[\w-]{16,64}"),),
    ),
    # https://grafana.com/docs/grafana/latest/administration/service-accounts/
    KnownService(
        "Grafana",
        ("grafana.net",),
        (
            ServiceForm("a Grafana service account token", "glsa_", r"\w{32,64}"),
            ServiceForm("a Grafana Cloud token", "glc_", r"[\w+/=-]{32,400}"),
            # Base64 of {"k":", the beginning of an API key before service accounts.
            ServiceForm("a Grafana API key", "eyJrIjoi", r"[\w+/=-]{32,400}(?![\w.])"),
        ),
    ),
    # https://developer.hashicorp.com/vault/docs/concepts/tokens#token-prefixes
    KnownService(
        "Vault",
        ("vaultproject",),
        (
            ServiceForm("a Vault service token", "hvs.", r"[\w-]{20,300}"),
            ServiceForm("a Vault batch token", "hvb.", r"[\w-]{20,400}"),
        ),
    ),
    # Without a prefix of their own: named by what stands around them.
    # https://developer.garmin.com/gc-developer-program/
    KnownService("Garmin", ("garmin",)),
    # https://docs.x.com/fundamentals/authentication/overview
    KnownService("X", ("api.x.com", "api.twitter.com", "twitter_")),
    # https://www.dropbox.com/developers/documentation/http/documentation#authorization
    KnownService("Dropbox", ("dropbox",)),
    # https://github.com/reddit-archive/reddit/wiki/OAuth2
    KnownService("Reddit", ("reddit",)),
)
