"""Conclude from the paste alone: it holds no token to probe, or several.

It is an error message, a damaged token, a credential of another kind or service, or nothing at all.
"""

from collections.abc import Mapping
from datetime import datetime

from tokcheck.checks.verdict import Conclusion, conclude
from tokcheck.core.credential import Credential, Flaw, Kind
from tokcheck.core.report import Verdict
from tokcheck.paste.context.owners.shared_prefixes import describe_sharing
from tokcheck.paste.encoding.base64_text import decode_base64_runs
from tokcheck.paste.finder.paste_content import Paste
from tokcheck.paste.flaws import describe_damage
from tokcheck.paste.invisible import strip_invisible

# A token that was cut off after fewer characters cannot be attributed to a provider.
_TELLS_LITTLE = 40
_NO_QUOTES = dict.fromkeys(map(ord, "\"'`"))
_EXCHANGE = (
    "Exchange it at the token endpoint of the service that issued it, and check the access_token "
    "in the response."
)
# For a credential that no provider is known to have issued.
_INSTEAD = {
    Kind.BASIC_CREDENTIALS: (
        "They authenticate an application at the token endpoint. Paste the access token that the "
        "endpoint returns."
    ),
    Kind.REFRESH_TOKEN: _EXCHANGE,
    Kind.AUTHORIZATION_CODE: _EXCHANGE,
    Kind.CLIENT_SECRET: (
        "It belongs in the application's configuration and nowhere else: reset it if others have "
        "seen it. Paste the access token."
    ),
    Kind.CLIENT_ID: (
        "It identifies an application. Have a user authorize that application, and paste the "
        "access token that results."
    ),
}
# A part of one is no access token either.
_NO_ACCESS_TOKENS = {
    Kind.AUTHORIZATION_CODE,
    Kind.REFRESH_TOKEN,
    Kind.CLIENT_SECRET,
    Kind.API_KEY,
    Kind.BASIC_CREDENTIALS,
}
_NO_FORM = "it matches no known credential format"
_WITH_LABEL = "Paste it with the command, the JSON or the label that it stands in."
_ANYBODYS = f"Credentials of many services look like this. {_WITH_LABEL}"
_ELSEWHERE = ", and the text around it names an unknown host"
_OWN_SERVER = (
    "If that host is a server of the provider's API, such as one of your own, pass its address as "
    "well: tokcheck validate --provider NAME --api-url URL"
)
_FORMS = "A Fitbit access token begins with eyJ, a Google one with ya29."


def may_be_message(paste: Paste, wanted: str | None = None) -> bool:
    """Return whether a paste without a token may be an error message.

    ``wanted`` is the provider that the caller expects: then a text of unknown kind is its token.
    """
    credential = paste.credential
    if credential is None:
        return not paste.candidates
    if credential.flaw is Flaw.CUT_OFF:  # as where a log shortens what it prints
        return len(credential.secret) < _TELLS_LITTLE
    if credential.kind is Kind.UNKNOWN:
        return credential.flaw is None and wanted is None
    return credential.kind in {Kind.PLACEHOLDER, Kind.CLIENT_ID}


def is_echoed(paste: Paste) -> bool:
    """Return whether an error message may repeat the credential that was found, as Fitbit's do."""
    credential = paste.credential
    return credential is not None and credential.kind in {
        Kind.REFRESH_TOKEN,
        Kind.AUTHORIZATION_CODE,
    }


def conclude_from_text(
    text: str, paste: Paste, instead: Mapping[Kind, str], now: datetime, words: str = ""
) -> Conclusion | None:
    """Conclude from a text and what was found in it; ``None`` if it holds a token to probe.

    ``words`` are those of its provider for a credential, or without one, of the one expected.
    """
    credential = paste.credential
    if not paste.candidates and (credential is None or credential.kind is not Kind.ACCESS_TOKEN):
        from tokcheck.checks.other_credentials import find_other  # noqa: PLC0415 - seldom needed

        other = find_other(text)
        decoded = None if other is not None else decode_base64_runs(text)
        if decoded is not None:
            other = find_other(decoded.text)
        if other is not None:
            return conclude(Verdict.WRONG_KIND, other.summary, other.advice)
        is_unknown = credential is None or credential.kind is Kind.UNKNOWN
        if decoded is not None and decoded.is_part and is_unknown:
            return conclude(
                Verdict.NO_TOKEN,
                "No token found in the input: a compressed text in it is cut or damaged, and was "
                "read only as far as it goes.",
                ("Copy or compress the text again, or paste the token itself.",),
            )
    return conclude_from_paste(paste, instead, now, words)


def conclude_from_paste(
    paste: Paste, instead: Mapping[Kind, str], now: datetime, words: str = ""
) -> Conclusion | None:
    """Conclude from the paste alone; ``None`` if it holds an access token to probe.

    ``instead`` is the advice, by kind, for a credential that is not an access token, and ``words``
    are what its provider calls one of this form.
    """
    credential = paste.credential
    if paste.has_access_token:
        return None
    if paste.candidates:
        return _conclude_ambiguous(paste, now)
    if credential is None:
        label = "the word Bearer" if paste.empty_bearer else paste.empty_label
        return _conclude_nothing(label, words)
    if credential.service:
        return _conclude_other_service(credential)
    if credential.flaw is not None and credential.kind not in _NO_ACCESS_TOKENS:
        return _conclude_flawed(credential)
    has_owner = credential.sharing or credential.provider is not None
    if credential.kind is Kind.ACCESS_TOKEN and has_owner:
        return _conclude_unknown(credential)
    return _conclude_wrong_kind(credential, instead.get(credential.kind, ""), words)


def _conclude_nothing(empty_label: str, words: str) -> Conclusion:
    """Conclude for a paste that holds no credential; nothing follows ``empty_label``."""
    if empty_label:
        return conclude(
            Verdict.NO_TOKEN,
            f"No token found in the input: nothing follows {empty_label}.",
            ("A variable was probably empty. Check that it is set where the command runs.",),
        )
    meant = f"Paste {words}" if words else f"{_FORMS} Paste the token"
    return conclude(
        Verdict.NO_TOKEN,
        "No token found in the input.",
        (f"{meant}, or the whole command or response that contains it.",),
    )


def _conclude_ambiguous(paste: Paste, now: datetime) -> Conclusion:
    """Conclude for a paste that holds several different access tokens."""
    from tokcheck.checks.ambiguity import describe_candidates  # noqa: PLC0415 - seldom needed

    # The notes of a paste with several candidates are about the tokens left aside.
    besides = ", besides those left aside" if paste.cleaned else ""
    return conclude(
        Verdict.AMBIGUOUS,
        f"The input contains {len(paste.candidates)} different tokens{besides}.",
        (
            *describe_candidates(paste.candidates, now),
            "Paste only one of them. To check all, one per line: `tokcheck validate --lines`.",
        ),
    )


def _conclude_flawed(credential: Credential) -> Conclusion:
    """Conclude for a token with a flaw."""
    cut_off = credential.flaw is Flaw.CUT_OFF
    return conclude(
        Verdict.INCOMPLETE if cut_off else Verdict.MALFORMED,
        f"The token is {'incomplete' if cut_off else 'damaged'}: {credential.reason}.",
        (credential.remedy,),
    )


def _conclude_other_service(credential: Credential) -> Conclusion:
    """Conclude for a token of a service that is no provider."""
    doubt = (credential.doubt,) if credential.doubt else ()
    return conclude(
        Verdict.WRONG_PROVIDER,
        f"This is {credential.service}.",
        (*doubt, f"tokcheck does not check it, and nothing was sent. {_FORMS}"),
    )


def _conclude_wrong_kind(credential: Credential, instead: str, words: str) -> Conclusion:
    """Conclude for a credential that is not an access token."""
    kind = credential.kind
    if kind is Kind.PLACEHOLDER:
        return conclude(Verdict.PLACEHOLDER, f"{credential.reason}.", (credential.remedy,))
    if kind is Kind.JWT_OTHER:
        return conclude(
            Verdict.WRONG_PROVIDER,
            "This is a signed token (JWT) from another service.",
            (
                "A Fitbit access token names Fitbit as its issuer (iss); this one does not.",
                "If it is a declared provider's access token, name that: `tokcheck validate "
                "--provider NAME`, with a name of `tokcheck providers list`.",
            ),
        )
    if kind is Kind.UNKNOWN:
        return _conclude_unknown(credential)
    advice = (
        *filter(
            None,
            (
                credential.doubt or _describe_flaw(credential),
                instead or _INSTEAD.get(kind),
            ),
        ),
    )
    article = "These are" if kind is Kind.BASIC_CREDENTIALS else "This is"
    return conclude(
        Verdict.WRONG_KIND, f"{article} {words or kind.words}, not an access token.", advice
    )


def _describe_flaw(credential: Credential) -> str:
    """Return sentences about what is wrong with a credential; empty without a flaw."""
    if credential.flaw is None or not credential.reason:
        return ""
    return describe_damage((credential.flaw, credential.reason, credential.remedy))


def _conclude_unknown(credential: Credential) -> Conclusion:
    """Conclude for a text that may be a token, and shows no provider."""
    form, beside, advice = credential.form or _NO_FORM, "", (_ANYBODYS,) if credential.form else ()
    if credential.is_sent_elsewhere:
        beside, advice = _ELSEWHERE, (_OWN_SERVER,)
    if credential.sharing:
        advice = advice or (_WITH_LABEL,)
    owners = credential.sharing or tuple(filter(None, (credential.provider,)))
    if owners:
        form = f"it has the form of {describe_sharing(credential.kind.words, owners)}"
    return conclude(
        Verdict.UNDETERMINED,
        f"Could not tell what this is: {form}{beside}.",
        (
            "Nothing was sent. If you know the provider of this access token, name it: "
            "`tokcheck validate --provider NAME`, with a name of `tokcheck providers list`; in "
            "the exporter's configuration, it is the account's provider.",
            *advice,
        ),
    )


def conclude_error_message(title: str | None, text: str) -> Conclusion:
    """Conclude for a paste that is an error message; ``title`` is that of its provider."""
    from tokcheck.paste.placeholders.masks import contains_mask  # noqa: PLC0415 - seldom needed
    from tokcheck.paste.placeholders.search import find_sent  # noqa: PLC0415 - the same

    sent = find_sent(text)
    cause = (
        (f"The request was sent without a token. {sent.sentence}. {sent.remedy}",) if sent else ()
    )
    of_owner = f" of the {title}" if title else ""
    masked = (
        ", in which the program that printed it masked the token" if contains_mask(text) else ""
    )
    return conclude(
        Verdict.NO_TOKEN,
        f"No token found in the input: it is an error message{of_owner}{masked}.",
        (*cause, "To check a token itself, paste the token, or the command that contains it."),
    )


def conclude_unknown_error() -> Conclusion:
    """Conclude for a paste that is an error message of a provider which it does not name."""
    return conclude(
        Verdict.NO_TOKEN,
        "No token found in the input: it may be an error message, which does not name its "
        "provider.",
        (
            "If you know the API that wrote it, name it, and the message is explained: `tokcheck "
            "validate --provider NAME`, with a name of `tokcheck providers list`. Or paste the "
            "lines around it, too, such as the address of the request.",
            f"{_FORMS} To check a token, paste the token, or the command that contains it.",
        ),
    )


def is_empty(text: str) -> bool:
    """Return whether a text has nothing to see, or only the quotation marks of an empty value."""
    return not strip_invisible(text).translate(_NO_QUOTES).strip()


def conclude_empty(source: str, text: str = "") -> Conclusion:
    """Conclude for a paste without any text; ``source`` names where it came from."""
    quotes = " except for quotation marks" if strip_invisible(text).strip() else ""
    kept = "docker --env-file and some other readers of such files keep quotation marks."
    return conclude(
        Verdict.NO_TOKEN,
        f"{source} is empty{quotes}, so it contains no token.",
        ("Check that it has the token where the command runs.", *((kept,) if quotes else ())),
    )
