"""Tokens of declared providers: everywhere by their prefix, and else by a label and a name."""

import json
from base64 import b64encode
from hashlib import sha1, sha256
from random import Random
from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scan.written_tokens import ways
from tests.support.suite.cases import each_case
from tests.support.tokens import FITBIT, NOW, make_jwt
from tokcheck.core.credential import Kind
from tokcheck.paste.grammar import joint_at
from tokcheck.paste.notations import signs
from tokcheck.providers.known_services.ready_made import TABLES
from tokcheck.scan.detect.labelled.declared_names import NAMES, PREFIXES, DeclaredNames
from tokcheck.scan.detect.searcher import Searcher
from tokcheck.scan.finding import Chunk, Finding

_BODY = "".join(Random(7).choices(ascii_letters + digits, k=36))
_LONG = "".join(Random(8).choices(ascii_letters + digits, k=600))
_HEX = sha1(b"made up", usedforsecurity=False).hexdigest()
_ACME = {
    "name": "acme",
    "address": "https://api.acme.example",
    "check": "/me",
    "tokens": [{"prefix": "acme_token_"}, {"pattern": "[a-z0-9]{32}"}],
}
_SEARCH = Searcher(NOW.timestamp())


def _with(prefix: str) -> str:
    """Return a token with this prefix."""
    return prefix + (f"{_BODY[:22]}_{_BODY}{_BODY[:23]}" if prefix == "github_pat_" else _BODY)


def _read(text: str) -> list[Finding]:
    return list(_SEARCH(Chunk("a.txt", text.encode())))


def _findings(text: str, path: str = "a.txt") -> list[tuple[str | None, Kind, str]]:
    return [(one.provider, one.kind, one.masked) for one in _SEARCH(Chunk(path, text.encode()))]


def _owners(text: str, path: str = "a.txt") -> list[str | None]:
    return [owner for owner, _, _ in _findings(text, path)]


def test_the_first_pass_knows_what_the_declarations_say() -> None:
    forms = [(table, form) for table in TABLES.values() for form in table.get("tokens", ())]
    assert {form["prefix"] for _, form in forms if "prefix" in form} == {*PREFIXES}
    bare = [table for table, form in forms if "prefix" not in form]
    assert {name for table in bare for name in table.get("names", [table["name"]])} == {*NAMES}


def test_every_prefix_is_found_anywhere() -> None:
    places = (
        "{}",
        "x = '{}'",
        '{{"a": "{}"}}',
        "curl -H 'Authorization: token {}' https://x.example",
    )
    found = {}
    for table in TABLES.values():
        for form in table.get("tokens", ()):
            if "prefix" in form:
                token = _with(form["prefix"])
                for place in places:
                    found[form["prefix"], place] = (table["name"], _owners(place.format(token)))
    assert len(PREFIXES) * len(places) == len(found)
    assert {} == {key: value for key, value in found.items() if [value[0]] != value[1]}


def test_a_signed_token_inside_of_one_is_no_finding_of_its_own() -> None:
    token = f"ghs_1234_{make_jwt({'iss': 'github'})}"
    assert ["github"] == _owners(f"GH={token}\n")
    assert ["github", "fitbit"] == _owners(f"GH={token}\nFITBIT={FITBIT}\n")


LABELLED = [
    (f"STRAVA_ACCESS_TOKEN={_HEX}", "strava"),
    (f'strava:\n  access_token: "{_HEX}"\n', "strava"),
    (json.dumps({"strava": {"access_token": _HEX, "commit": _HEX[::-1]}}), "strava"),
    (f"curl https://www.strava.com/api/v3/athlete -H 'Authorization: Bearer {_HEX}'", "strava"),
    (f"OURA_TOKEN='{_BODY}'", "oura"),
    (f"whoop.access_token = '{_BODY}'", "whoop"),
    (f'{{"withings_access_token": "{_BODY}"}}', "withings"),
    (f"SPOTIFY_BEARER={_BODY}", "spotify"),
    (f"POLAR_TOKEN={_BODY}", "polar"),
    (f"requests.get('https://www.strava.com/x', headers={{'Authorization': 'Bearer {_HEX}'}})",
     "strava"),
    (f"strava:\n  access_token: {_HEX}  # see https://wiki.example.com\n", "strava"),
]  # fmt: skip
UNLABELLED = [
    # A host of nobody known in the call: the token may be that host's.
    f"client = Strava('https://proxy.example.com', token='Bearer {_HEX}')",
    f"access_token={_HEX}",  # of whom?
    f"# strava\ncommit {_HEX}\n",
    f'"strava-sdk": {{"version": "1.0.0", "sha1": "{_HEX}"}}',
    f"strava_client_id_hash: {_HEX}",
    f"STRAVA_TOKEN_FILE=/run/secrets/{_BODY}",
    f"STRAVA_TOKEN=/run/secrets/strava/{_BODY}",
    "STRAVA_TOKEN=${{ secrets.STRAVA_TOKEN_OF_THE_JOB_2 }}",
    "strava_token = get_strava_token_from_store_2(account)",
    f"STRAVA_TOKEN={'0123456789abcdef' * 3}"[:53],
    f"encouraged: token={_HEX}",
    f"curl https://api.other.example -H 'Authorization: Bearer {_HEX}'  # as with strava",
    f"FITBIT_TOKEN={_HEX} # not of strava",
    # A request to another API, below one to Strava's.
    "requests.get('https://www.strava.com/api/v3/athlete')\n"
    f"requests.get('https://api.example.com/x', headers={{'Authorization': 'Bearer {_HEX}'}})",
    f"# strava\nGET https://api.example.com/v1/me Authorization: Bearer {_HEX}",
]


_SIGNED = make_jwt({"iss": "https://idp.invalid", "exp": int(NOW.timestamp()) + 600})
_OF_HUB = make_jwt({"iss": "auth.docker.io", "exp": int(NOW.timestamp()) - 600})


@each_case(
    ("owner", "text", "kind"),
    [
        ("docker-hub", _OF_HUB, Kind.ACCESS_TOKEN),
        ("docker-hub", f"DOCKER_HUB_TOKEN={_SIGNED}", Kind.ACCESS_TOKEN),
        (
            "docker-hub",
            f"curl https://registry-1.docker.io/v2/ -H 'Authorization: Bearer {_SIGNED}'",
            Kind.ACCESS_TOKEN,
        ),
        ("whoop", f"WHOOP_TOKEN={_SIGNED}", Kind.ACCESS_TOKEN),
        ("whoop", f"whoop:\n  refresh_token: {_SIGNED}\n", Kind.REFRESH_TOKEN),
        ("signing", f"SIGNING_TOKEN={_SIGNED}", Kind.ACCESS_TOKEN),
        (None, f"STRAVA_TOKEN={_SIGNED}", Kind.JWT_OTHER),
        (None, f"TOKEN={_SIGNED}", Kind.JWT_OTHER),
    ],
)
def test_a_signed_token_is_its_declared_provider_s(owner: str, text: str, kind: Kind) -> None:
    own = {"name": "signing", "credential": {"signed": True}}
    for tables in ((own,), (_ACME, own)):
        search = Searcher(NOW.timestamp(), tables=tables)
        (finding,) = search(Chunk("a.txt", text.encode()))
        assert (owner, kind) == (finding.provider, finding.kind)
        assert (_OF_HUB == text) is finding.expired


def test_a_path_names_the_api_of_a_signed_token() -> None:
    assert ["whoop"] == _owners(f"access_token={_SIGNED}", "whoop/tokens.json")


def test_what_has_no_prefix_needs_a_label_and_a_name() -> None:
    assert [] == [(text, _owners(text)) for text, owner in LABELLED if _owners(text) != [owner]]
    assert [] == [(text, _owners(text)) for text in UNLABELLED if "strava" in _owners(text)]


def _random_text(number: int, seed: int) -> str:
    return "".join(Random(seed).choices(ascii_letters + digits, k=number))


@each_case("length", [32, 40, 43, 64, 76, 120])
@each_case(
    ("first", "second"),
    [
        ("WHOOP_TOKEN={}", "OURA_TOKEN={}"),
        ("WHOOP_TOKEN='{}'", "OURA_TOKEN='{}'"),
        ("export WHOOP_TOKEN={}", "export OURA_TOKEN={}"),
        ('whoop_token = "{}"', 'oura_token = "{}"'),
    ],
)
def test_the_next_variable_of_a_file_is_no_rest(length: int, first: str, second: str) -> None:
    values = (_random_text(length, 3), _random_text(length, 4))
    lines = [line.format(value) for line, value in zip((first, second), values, strict=True)]
    found = _read("\n".join([*lines, "DEBUG=1", ""]))
    assert "whoop" == found[0].provider
    assert [False] * len(found) == [finding.fragment for finding in found]


def test_two_parts_of_one_value_may_be_one() -> None:
    found = _read(f"WHOOP_TOKEN_1={_random_text(40, 3)}\nWHOOP_TOKEN_2={_random_text(40, 4)}\n")
    assert found[0].fragment


def test_a_label_tells_the_kind() -> None:
    kinds = {"access_token": Kind.ACCESS_TOKEN, "refresh_token": Kind.REFRESH_TOKEN}
    kinds["client_secret"] = Kind.CLIENT_SECRET
    for label, kind in kinds.items():
        assert [("strava", kind)] == [found[:2] for found in _findings(f"strava_{label}={_HEX}")]


def test_a_path_names_the_api() -> None:
    assert ["strava"] == _owners(f"access_token={_HEX}", "strava/tokens.json")


def test_a_declaration_of_the_user_adds_its_forms() -> None:
    search = Searcher(NOW.timestamp(), tables=(_ACME,))
    bare = sha1(b"acme", usedforsecurity=False).hexdigest()[:32]
    text = f"a: acme_token_{_BODY}\nACME_SECRET_TOKEN={bare}\ngh: ghp_{_BODY}\n"
    found = [one.provider for one in search(Chunk("a", text.encode()))]
    assert ["acme", "acme", "github"] == found
    assert ["github"] == _owners(text)


# Notations for which the fast first pass has no room: up to 64 patterns are fast.
_ENTITIES = ("decimal entity", "hex entity", "padded entity", "named entities")
_UNKNOWN = (
    "Base64 twice", "Base64 of UTF-16", "all spelled, hexadecimal",
    "all spelled, hexadecimal in capitals",
)  # fmt: skip
_UNKNOWN_OF_READY_MADE = ("percent", "quoted-printable", *_ENTITIES)
_TOKENS = {
    f"ghp_{_BODY}": _UNKNOWN_OF_READY_MADE,
    f"github_pat_{_BODY[:22]}_{_BODY}{_BODY[:23]}": (*_UNKNOWN_OF_READY_MADE, "comma"),
    f"acme_token_{_BODY}": (),
}


@pytest.mark.parametrize("token", _TOKENS, ids=["short", "long", "own"])
def test_a_token_with_a_prefix_is_found_whole_in_every_notation(token: str) -> None:
    search = Searcher(NOW.timestamp(), tables=(_ACME,))
    digest = sha256(token.encode()).digest()
    missed, other = [], []
    for name, way in ways():
        found = [*search(Chunk("x", way(token).encode()))]
        other += [name for one in found if one.digest != digest and not one.fragment]
        kind = name.removesuffix(" twice").rpartition(", ")[2]
        if not found and name not in _UNKNOWN and kind not in _TOKENS[token]:
            missed.append(name)
    assert ([], []) == (missed, other)


_SPLIT = (
    'strava_token = "{}" + "{}"',
    'strava_token = ("{}"\n    "{}")',
    'STRAVA_TOKEN="{}" \\\n"{}"',
    '{{"url": "https://www.strava.com/api/v3", "token": "{}" + "{}"}}',
)
_BESIDE = (
    '{{"token": "{}", "url": "https://www.strava.com/api/v3/athlete"}}',
    '{{"host": "www.strava.com",\n"token":\n"{}"}}',
    '{{"name": "STRAVA_TOKEN", "value": "{}"}}',
    "- name: STRAVA_TOKEN\n  value: {}\n",
    'localStorage.setItem("strava_token", "{}")',
    "<key>strava_token</key>\n  <string>{}</string>",
    "<tr><td>strava_token</td><td>{}</td></tr>",
    "<strava_token>{}</strava_token>",
    'get("https://www.strava.com/api/v3", headers={{"Authorization": "Bearer " + "{}"}})',
)


_NOTATIONS = {
    "Markdown": ("\\_", "\\-"),
    "entity": ("&#95;", "&#45;"),
    "hexadecimal entity": ("&#x5F;", "&#x2D;"),
    "percent": ("%5F", "%2D"),
    "quoted-printable": ("=5F", "=2D"),
    "JSON": ("\\u005f", "\\u002d"),
    "C": ("\\x5f", "\\x2d"),
}


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_prefix_is_found_in_every_notation_and_coding(prefix: str) -> None:
    token = prefix + (_BODY * 3)[: {"github_pat_": 82, "dckr_pat_": 27}.get(prefix, 36)]
    if prefix == "github_pat_":
        token = f"{token[:33]}_{token[34:]}"
    texts = {
        name: f"x: {token.replace('_', line).replace('-', hyphen)}\n".encode()
        for name, (line, hyphen) in _NOTATIONS.items()
    }
    for front in ("", "a", "ab"):
        texts[f"Base64 behind {front}"] = b"x: " + b64encode(f"{front} {token}".encode()) + b"\n"
    texts |= {code: f"x: {token}\n".encode(code) for code in ("utf-16-le", "utf-16-be")}
    wanted = sha256(token.encode()).digest()
    missed = [
        name
        for name, data in texts.items()
        if [wanted] != [one.digest for one in _SEARCH(Chunk("a.txt", data))]
    ]
    assert [] == missed


def test_what_begins_as_a_prefix_does_is_none() -> None:
    words = "ghost ghp-x glpattern gl\\x5f document github.com/x dsc nbGx"
    assert [] == [*DeclaredNames().places(words.encode())]


def test_the_ready_made_patterns_are_in_one_search() -> None:
    """Each further one takes the same time again."""
    assert 1 == len(DeclaredNames()._searches)  # noqa: SLF001 - a test of its speed
    own = [{"name": f"api{n}", "tokens": [{"prefix": f"key{n}_"}]} for n in range(20)]
    names = DeclaredNames(own)
    for text in ("key7_", "key19\\x5f", "ghr%5F", "Strava", "WHOOP", "Oura"):
        assert [2] == [*names.places(f"= {text}".encode())]


def test_what_has_no_prefix_is_read_over_joints_and_beside_its_label() -> None:
    texts = [text.format(_HEX[:20], _HEX[20:]) for text in _SPLIT]
    texts += [text.format(_HEX) for text in _BESIDE]
    digest = sha256(_HEX.encode()).digest()
    found = {text: [(one.provider, one.digest) for one in _read(text)] for text in texts}
    assert {} == {text: each for text, each in found.items() if each != [("strava", digest)]}
    # 64 digits are another thing.
    assert [] == _owners(f'strava_token = "{_HEX}{_HEX[:24]}"')


_PIECES = {
    "names": 'A = "{0}"\nB = "{1}"\nT = A + B\n',
    "names in the other order": 'B = "{1}"\n' + "\n" * 90 + 'A = "{0}"\nT = A + B\n',
    "f-string": 'A = "{0}"\nB = "{1}"\nT = f"{{A}}{{B}}"\n',
    "template": 'const a = "{0}";\nconst b = "{1}";\nconst t = `${{a}}${{b}}`;\n',
    "list": 'parts = ["{0}", "{1}"]\nT = "".join(parts)\n',
    "elements": 'T = "".join(["{0}", "{1}"])\n',
    "statements": 't = "{0}"\nt += "{1}"\n',
    "shell": 'A={0}\nB={1}\nT="$A$B"\n',
}


@pytest.mark.parametrize("cut", [4, 9, 20])
@pytest.mark.parametrize("prefix", ["ghp_", "glpat-", "dckr_pat_"])
@pytest.mark.parametrize("form", _PIECES)
def test_the_pieces_of_a_token_are_put_together_by_the_program(
    form: str, prefix: str, cut: int
) -> None:
    token = prefix + _BODY[: 36 if prefix == "ghp_" else 27]
    cut = max(cut, len(prefix))
    text = _PIECES[form].format(token[:cut], token[cut:])
    found = [(one.digest, one.fragment) for one in _read(text)]
    assert [(sha256(token.encode()).digest(), False)] == found


def test_what_follows_a_whole_token_is_no_piece_of_it() -> None:
    token = f"ghp_{_BODY}"
    for form in _PIECES.values():
        found = _read(form.format(token, "x1Y2z3W4v5U6t7S8r9Q0"))
        assert [sha256(token.encode()).digest()] == [one.digest for one in found], form


def test_an_encoded_token_keeps_its_place_and_the_others_theirs() -> None:
    encoded = b64encode(f"GH=ghp_{_BODY}\nFITBIT={FITBIT}\n".encode()).decode()
    found = _read(f"a: {FITBIT}\nb: {encoded}\nc: ghp_{_BODY}\n")
    places = [(one.provider, one.line) for one in found]
    assert [("fitbit", 1), ("github", 2), ("fitbit", 2), ("github", 3)] == places


def test_a_token_in_utf_16_is_found_at_its_place() -> None:
    search = Searcher(NOW.timestamp(), tables=(_ACME,))
    for prefix in ("ghp_", "github_pat_", "glpat-", "dckr_pat_", "acme_token_"):
        text = f"A=1\r\nTOKEN={_with(prefix)}\r\nFITBIT={FITBIT}\r\n"
        for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
            found = list(search(Chunk("x", text.encode(encoding))))
            assert [(2, 7), (3, 8)] == [(one.line, one.column) for one in found], encoding
            assert sha256(f"{_with(prefix)}".encode()).digest() == found[0].digest


def test_the_login_of_a_registry_in_a_secret_is_found() -> None:
    token = f"ghp_{_BODY}"
    auth = b64encode(f"user:{token}".encode()).decode()
    for entry in ({"auth": auth}, {"auth": auth, "email": "a@b.example"}):
        text = json.dumps({"auths": {"registry.example": entry}})
        secret = f"data:\n  .dockerconfigjson: {b64encode(text.encode()).decode()}\n"
        for data in (text, secret):
            assert [sha256(token.encode()).digest()] == [one.digest for one in _read(data)]


@each_case("sign", ["\u200b", "\u200d", "\u200e", "\u2060", "\ufeff", "\xad"])
@each_case("prefix", ["ghp_", "glpat-"])
def test_an_invisible_character_in_the_body_is_no_end(prefix: str, sign: str) -> None:
    token = f"{prefix}{_BODY}"
    whole = sha256(token.encode()).hexdigest()[:12]
    for at in (len(prefix), len(prefix) + 3, 16, 30, len(token) - 2):
        for front, behind in (("", ""), ("caf\xe9: ", " \u2014 s\xed")):
            text = f"{front}{token[:at]}{sign}{token[at:]}{behind}\n"
            assert [(whole, len(front) + 1)] == [
                (one.fingerprint, one.column) for one in _read(text)
            ], (at, text)


def test_a_soft_hyphen_of_a_file_in_latin_1_is_no_end() -> None:
    token = f"ghp_{_BODY}"
    data = f"caf\xe9 {token[:20]}\xad{token[20:]}\n".encode("latin-1")
    found = [one.fingerprint for one in _SEARCH(Chunk("a.txt", data))]
    assert [sha256(token.encode()).hexdigest()[:12]] == found


@given(st.binary(max_size=300), st.sampled_from(["ghp_", "strava_token=", "oura", "glpat-"]))
def test_no_data_breaks_the_reader(noise: bytes, word: str) -> None:
    for data in (noise + word.encode() + noise, word.encode() + noise + word.encode()):
        for one in _SEARCH(Chunk("a", data)):
            assert data.count(b"\n") + 1 >= one.line >= 1


def test_a_text_of_nothing_but_names_is_read_in_linear_time() -> None:
    for word in ("strava_token=", f"ghp_{_BODY} ", "strava ", "oura=a:"):
        text = word * (200_000 // len(word))
        assert len(list(_SEARCH(Chunk("a", text.encode())))) <= len(text)


def test_a_prefix_that_another_alphabet_follows_at_once_is_none() -> None:
    # Of the characters that are read byte by byte, the first of a joint or a notation count alone.
    for byte in {*range(0x80, 0x100)} - {0x85, 0xA0, 0xAD}:
        for behind in ("", "a", "\n", " \n", '"a', chr(byte), f"{chr(byte)}\n"):
            assert joint_at(f"{chr(byte)}{behind}", 0) is None
        assert signs.FIRST.match(chr(byte)) is None
    assert [] == _findings("ghp_a\N{LATIN SMALL LETTER E WITH ACUTE}" + _BODY)


@each_case("more", ["+", "/", "é", "\N{EN DASH}", "\u0430"])
def test_a_token_that_continues_behind_a_foreign_character_is_a_part(more: str) -> None:
    for token in (f"glpat-{_BODY[:20]}", f"ghp_{_BODY}"):
        (found,) = _read(f"TOKEN={token}{more}{_random_text(20, 8)}\n")
        assert found.fragment


@each_case("more", ["+", "/", "é", "\N{EN DASH}", "\u0430"])
def test_a_token_with_a_foreign_character_inside_is_a_part(more: str) -> None:
    (found,) = _read(f"TOKEN=ghp_{_BODY[:20]}{more}{_BODY[20:]}\n")
    assert found.fragment
    assert [] == _read(f"TOKEN=ghp_{_BODY[:20]}{more}{_BODY[20:24]}\n")


@each_case("more", [" + x", '"+"', ").", "&x=1", ", y", ":", " | y", ";", "'", "\\n"])
def test_a_sign_that_no_token_has_ends_one(more: str) -> None:
    assert [False] == [one.fragment for one in _read(f"TOKEN=ghp_{_BODY}{more}\n")]


@each_case("more", ["+", "+x", "/", "=", "/x", ":x", "|x", "=="])
def test_a_sign_of_tokens_behind_one_makes_it_a_part_of_what_is_reported(more: str) -> None:
    (found,) = _read(f"TOKEN=ghp_{_BODY}{more}\n")
    assert found.fragment
    assert len(f"ghp_{_BODY}{more}") == found.end_column - found.column


@each_case(
    ("form", "body"),
    [
        ({"prefix": "acme_", "pattern": r"[0-9]{1,6}\|[A-Za-z0-9]{36}"}, f"12|{_BODY}"),
        ({"prefix": "acme_", "pattern": "[A-Za-z0-9]{36}="}, f"{_BODY}="),
        ({"prefix": "acme_", "pattern": "[A-Za-z0-9]{600}"}, f"{_LONG}"),
        ({"prefix": "acme|", "pattern": "[A-Za-z0-9]{36}"}, _BODY),
        ({"pattern": "[A-Za-z0-9]{36}={2}"}, f"{_BODY}=="),
    ],
)
def test_a_token_has_the_signs_and_the_length_of_its_form(form: dict[str, str], body: str) -> None:
    search = Searcher(NOW.timestamp(), tables=[{**_ACME, "tokens": [form]}])
    token = form.get("prefix", "") + body
    for text in (f"ACME_TOKEN = '{token}'\n", json.dumps({"acme": {"token": token}})):
        (found,) = search(Chunk("a.txt", text.encode()))
        assert ("acme", Kind.ACCESS_TOKEN) == (found.provider, found.kind)
