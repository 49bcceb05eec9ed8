"""Commands, responses and other texts as people copy them, each with a place for a token."""

from collections.abc import Iterator

import pytest

from tests.support.tokens import (
    FITBIT,
    GOOGLE,
)

TOKENS = [pytest.param(FITBIT, id="fitbit"), pytest.param(GOOGLE, id="google")]
CURL = "the curl command around it"
POWERSHELL = "the PowerShell command around it"
FETCH = "the fetch() call around it"
WGET = "the wget command around it"
HTTPIE = "the HTTPie command around it"
ERROR = "the error message around it"
REDIRECT = "the redirect URL around it"
RESPONSE = "the token response around it"
ASSIGNMENT = "the assignment before it"
LABEL = "the label before it"
BEARER = "the word Bearer"
DEVICES = "https://api.fitbit.com/1/user/-/devices.json"
SWAGGER_OLD = (
    f'curl -X GET "{DEVICES}" -H  "accept: application/json" -H  "authorization: Bearer @"'
)
SWAGGER_NEW = (
    f"curl -X 'GET' \\\n  '{DEVICES}' \\\n  -H 'accept: application/json' \\\n"
    "  -H 'authorization: Bearer @'"
)
SWAGGER_NEW_MIDDLE = (
    f"curl -X 'GET' \\\n  '{DEVICES}' \\\n  -H 'authorization: Bearer @' \\\n"
    "  -H 'accept: application/json'"
)
CHROME_BASH = (
    f"curl '{DEVICES}' \\\n  -H 'accept: */*' \\\n  -H 'accept-language: de,en;q=0.9' \\\n"
    "  -H 'authorization: Bearer @' \\\n  -H 'cache-control: no-cache' \\\n  --compressed"
)
# Name: the words that name what was stripped, and the template.
COMMANDS: dict[str, tuple[str, str]] = {
    "swagger, old": (CURL, SWAGGER_OLD),
    "swagger, new": (CURL, SWAGGER_NEW),
    "swagger, new, token not last": (CURL, SWAGGER_NEW_MIDDLE),
    "swagger, new, options first": (
        CURL,
        f"curl --insecure -X 'GET' \\\n  '{DEVICES}' \\\n  -H 'authorization: Bearer @'",
    ),
    "swagger, new, joined to one line": (
        CURL,
        f"curl -X 'GET' '{DEVICES}' -H 'accept: application/json' -H 'authorization: Bearer @'",
    ),
    "documentation, with its stray backslash": (
        CURL,
        "curl -X POST -i -H 'Content-Type: application/x-www-form-urlencoded' "
        '-H "authorization: Bearer @ \\" https://api.fitbit.com/1.1/oauth2/introspect',
    ),
    "chrome, bash": (CURL, CHROME_BASH),
    "chrome, bash, dollar quoting": (
        CURL,
        f"curl '{DEVICES}' \\\n  -H $'authorization: Bearer @' \\\n"
        "  -H $'cookie: a=it\\'s\\u0021' \\\n  --compressed",
    ),
    "chrome, cmd, old": (
        CURL,
        f'curl "{DEVICES}" -H "authorization: Bearer @" -H "accept: */*" --compressed',
    ),
    "chrome, cmd, new": (
        CURL,
        f'curl ^"{DEVICES}^" ^\r\n  -H ^"accept: */*^" ^\r\n'
        '  -H ^"authorization: Bearer @^" ^\r\n  -H ^"priority: u=1, i^"',
    ),
    "chrome, cmd, new, inner quotes": (
        CURL,
        f'curl ^"{DEVICES}^" ^\r\n  --data-raw ^"^{{^\\^"token^\\^":^\\^"@^\\^"^}}^"',
    ),
    "firefox, windows": (
        CURL,
        f'curl.exe ^"{DEVICES}^" ^\r\n  -H ^"User-Agent: Mozilla/5.0^" ^\r\n'
        '  -H ^"Authorization: Bearer @^" ^\r\n  -H ^"DNT: 1^"',
    ),
    "postman, curl": (
        CURL,
        f"curl --location --request GET '{DEVICES}' \\\n--header 'Authorization: Bearer @'",
    ),
    "insomnia": (
        CURL,
        f"curl --request GET \\\n  --url {DEVICES} \\\n  --header 'Authorization: Bearer @' \\\n"
        "  --header 'User-Agent: insomnia/9.3.2'",
    ),
    "curl, oauth2 option": (CURL, f"curl --oauth2-bearer @ {DEVICES}"),
    "curl, unquoted by a shell": (CURL, f"curl -X GET {DEVICES} -H authorization: Bearer @"),
    "curl, one argument": (CURL, f"curl {DEVICES} -H'Authorization:Bearer @'"),
    "curl, tokeninfo body": (
        CURL,
        'curl -d "access_token=@" https://oauth2.googleapis.com/tokeninfo',
    ),
    "curl, proxied": (CURL, f"$ https_proxy=http://127.0.0.1:8080 curl -sS -H 'Authorization: "
                      f"Bearer @' {DEVICES} | jq ."),
    "powershell, chrome": (
        POWERSHELL,
        f'Invoke-WebRequest -UseBasicParsing -Uri "{DEVICES}" `\n-Headers @{{\n'
        '"authority"="api.fitbit.com"\n  "authorization"="Bearer TOKEN"\n  "accept"="*/*"\n}'
        .replace("@", "\0").replace("TOKEN", "@"),
    ),
    "powershell, one line": (
        POWERSHELL,
        f"Invoke-RestMethod {DEVICES} -Headers \0{{ Authorization = 'Bearer @' }}",
    ),
    "fetch": (
        FETCH,
        f'fetch("{DEVICES}", {{\n  "headers": {{\n    "accept": "*/*",\n'
        '    "authorization": "Bearer @",\n    "priority": "u=1, i"\n  },\n'
        '  "body": null,\n  "method": "GET"\n});',
    ),
    "fetch, template literal": (
        FETCH,
        f"await fetch('{DEVICES}', {{headers: {{Authorization: `Bearer @`}}}})",
    ),
    "wget": (WGET, f"wget --header='Authorization: Bearer @' -qO- {DEVICES}"),
    "wget, double quotes": (WGET, f'wget -q --header="Authorization: Bearer @" {DEVICES}'),
    "httpie": (HTTPIE, f"http GET {DEVICES} 'Authorization: Bearer @'"),
    "httpie, joined": (HTTPIE, f"http {DEVICES} Authorization:'Bearer @'"),
    "httpie, option": (HTTPIE, "https -A bearer -a @ api.fitbit.com/1/user/-/devices.json"),
    "error, expired": (
        ERROR,
        "Access token expired: @. Visit https://dev.fitbit.com/docs/oauth2 for more information "
        "on the Fitbit Web API authorization process.",
    ),
    "error, invalid": (ERROR, "Access token invalid: @. Visit https://dev.fitbit.com/docs/oauth2"),
    "error, as json": (
        ERROR,
        '{"errors":[{"errorType":"expired_token","message":"Access token expired: @. Visit '
        'https://dev.fitbit.com/docs/oauth2 for more"}],"success":false}',
    ),
    "error, as json with escaped slashes": (
        ERROR,
        '{"success":false,"errors":[{"message":"Access token invalid: @. Visit '
        'https:\\/\\/dev.fitbit.com\\/docs\\/oauth2","fieldName":"n\\/a"}]}',
    ),
    "error, two entries": (
        ERROR,
        '{"errors":[{"errorType":"not_found","message":"The API you are requesting could not be '
        'found."},{"errorType":"invalid_token","message":"Access token invalid: @. Visit x"}]}',
    ),
    "error, in a log": (
        ERROR,
        "2026-01-15 12:00:00 ERROR fetch: 401 b'{\"errors\":[{\"errorType\":\"expired_token\","
        "\"message\":\"Access token expired: @. Visit https://dev.fitbit.com\"}]}'",
    ),
    "rate limit that names the token": (
        "the text around it",
        "Rate limit exceeded for token @. Please try again at the start of the hour.",
    ),
    "redirect, token first": (
        REDIRECT,
        "https://example.org/callback#access_token=@&user_id=7TESTS&scope=settings+sleep"
        "&token_type=Bearer&expires_in=86400",
    ),
    "redirect, token last": (
        REDIRECT,
        "https://example.org/callback#scope=settings+sleep&user_id=7TESTS&token_type=Bearer"
        "&expires_in=86400&access_token=@",
    ),
    "fragment, token first": (REDIRECT, "#access_token=@&user_id=7TESTS&token_type=Bearer"),
    "fragment, token last": (
        REDIRECT,
        "#scope=settings&user_id=7TESTS&token_type=Bearer&expires_in=86400&access_token=@",
    ),
    "fragment without its sign": (REDIRECT, "access_token=@&user_id=7TESTS&scope=settings"),
    "redirect in a query": (REDIRECT, "http://127.0.0.1:8080/?access_token=@&state=abc"),
    "redirect in brackets": (REDIRECT, "<https://example.org/#access_token=@&user_id=7TESTS>"),
    "response, compact": (
        RESPONSE,
        '{"access_token":"@","expires_in":28800,"scope":"settings","token_type":"Bearer",'
        '"user_id":"7TESTS"}',
    ),
    "response, pretty": (
        RESPONSE,
        '{\n  "access_token": "@",\n  "expires_in": 28800,\n  "token_type": "Bearer"\n}',
    ),
    "response, token last": (RESPONSE, '{"token_type":"Bearer","access_token":"@"}'),
    "response, python": (
        RESPONSE,
        "{'access_token': '@', 'expires_in': 28800, 'scope': ['settings'], 'expires_at': 1.5e9}",
    ),
    "response, doubled quotes": (RESPONSE, '{""access_token"":""@"",""expires_in"":28800}'),
    "response, escaped quotes": (RESPONSE, r'"{\"access_token\":\"@\",\"expires_in\":28800}"'),
    "response, twice escaped quotes": (
        RESPONSE,
        r'"\"{\\\"access_token\\\":\\\"@\\\",\\\"expires_in\\\":28800}\""',
    ),
    "response, camel case": (RESPONSE, '{"accessToken": "@", "expiresIn": 28800}'),
    "response, half of it": (RESPONSE, '"access_token": "@",'),
    "env file": (ASSIGNMENT, "FITBIT_ACCESS_TOKEN=@"),
    "env file, quoted": (ASSIGNMENT, 'FITBIT_ACCESS_TOKEN="@"\nFITBIT_USER=7TESTS\n'),
    "export": (ASSIGNMENT, "export FITBIT_TOKEN=@"),
    "export, quoted": (ASSIGNMENT, "export FITBIT_TOKEN='@'"),
    "export, with bearer": (ASSIGNMENT, 'export AUTH="Bearer @"'),
    "set": (ASSIGNMENT, "set FITBIT_TOKEN=@"),
    "set, quoted": (ASSIGNMENT, 'set "FITBIT_TOKEN=@"'),
    "setx": (ASSIGNMENT, 'setx FITBIT_TOKEN "@"'),
    "powershell variable": (ASSIGNMENT, '$env:FITBIT_TOKEN="@"'),
    "powershell variable, spaced": (ASSIGNMENT, "$env:FITBIT_TOKEN = '@'"),
    "ini": (ASSIGNMENT, "[fitbit]\ntoken = @\n"),
    "toml": (ASSIGNMENT, '[fitbit]\ntoken = "@"\n'),
    "code": (ASSIGNMENT, 'TOKEN = "@"'),
    "header": (LABEL, "Authorization: Bearer @"),
    "header, lower case": (LABEL, "authorization: bearer @"),
    "headers": (LABEL, "GET /1/user/-/devices.json HTTP/1.1\r\nHost: api.fitbit.com\r\n"
                "Authorization: Bearer @\r\nAccept: */*\r\n\r\n"),
    "header in code": (LABEL, 'headers = {"Authorization": "Bearer @"}'),
    "header in an f-string": (LABEL, "headers = {'Authorization': f'Bearer @'}"),
    "yaml": (LABEL, "fitbit:\n  token: @\n  user: 7TESTS\n"),
    "yaml, quoted": (LABEL, 'fitbit:\n  token: "@"\n'),
    "har": (
        LABEL,
        '{"log":{"entries":[{"request":{"headers":[{"name":"x","value":"y"},'
        '{"name": "authorization: ", "value": "Bearer @"}]}}]}}',
    ),
}  # fmt: skip
# Templates of which only the token is asserted.
OTHERS: dict[str, str] = {
    "postman, node": (
        "var request = require('request');\nvar options = {\n  'method': 'GET',\n"
        f"  'url': '{DEVICES}',\n  'headers': {{\n    'Authorization': 'Bearer @'\n  }}\n}};\n"
        "request(options, function (error, response) {});"
    ),
    "postman, restsharp": (
        f'var client = new RestClient("{DEVICES}");\nclient.Timeout = -1;\n'
        "var request = new RestRequest(Method.GET);\n"
        'request.AddHeader("Authorization", "Bearer @");\n'
        "IRestResponse response = client.Execute(request);"
    ),
    "python requests": f'requests.get("{DEVICES}", headers={{"Authorization": "Bearer @"}})',
    "java": 'connection.setRequestProperty("Authorization", "Bearer @");',
    "go": 'req.Header.Add("Authorization", "Bearer @")',
    "php": "curl_setopt($c, CURLOPT_HTTPHEADER, ['Authorization: Bearer @']);",
    "csv": '"name","token","when"\n"anna","@","2026-01-15"\n',
    "csv, plain": "anna,@,2026-01-15\n",
    "tabs": "anna\t@\t2026-01-15\n",
    "table": "| anna | @ | 2026-01-15 |\n",
    "har": ('{"name":"Authorization","value":"Bearer @"},{"name":"Host","value":"api.fitbit.com"}'),
    "har, as a string": '"postData":{"text":"{\\"access_token\\":\\"@\\",\\"a\\":1}"}',
    "xml": "<config>\n  <token>@</token>\n</config>",
    "xml, attribute": '<add key="token" value="@" />',
    "xml, cdata": "<token><![CDATA[@]]></token>",
    "html": "<p>Your token is <code>@</code>.</p>",
    "html, textarea": "<textarea rows=3>@</textarea>",
    "html, entities": "&quot;access_token&quot;:&quot;@&quot;,&quot;expires_in&quot;:1",
    "html, numbered entities": "&#34;access_token&#34;:&#34;@&#34;,",
    "html, apostrophe": "&#39;@&#39;",
    "html, angle brackets": "&lt;@&gt;",
    "yaml, folded": "token: >-\n  @\nuser: 7TESTS\n",
    "yaml, list": "tokens:\n  - @\n",
    "code span": "my token is `@` and it fails",
    "double code span": "``@``",
    "fenced block": "Hello,\n```\n@\n```\nthanks!",
    "fenced block with a language": "```bash\nexport T=@\n```",
    "fenced block, json": '```json\n{"access_token": "@"}\n```',
    "quoted mail": "On Monday you wrote:\n> My token is\n> @\n> and it fails\n",
    "twice quoted mail": "> > @\n> > regards\n",
    "bold": "**@**",
    "italic": "*@*",
    "underlined": "__@__",
    "struck": "~~@~~",
    "link": "[token](https://example.org/#access_token=@)",
    "log line": "INFO:root:using token=@ for user 7TESTS",
    "logfmt": 'level=info msg="using token" token=@ user=7TESTS',
    "docker": "docker run -e FITBIT_TOKEN=@ --rm image:latest",
    "kubernetes": "        - name: TOKEN\n          value: @\n",
    "repr of bytes": "b'@'",
    "tuple": "('@', 28800)",
    "list": "['@']",
    "sql": "INSERT INTO tokens VALUES (1, '@', NULL);",
    "diff, added": '+    token = "@"\n',
    "prompt": "$ echo $TOKEN\n@\n$ ",
    "sentence": "This one: @. It does not work!",
    "sentence, comma": "I tried @, and it failed.",
    "sentence, question": "Why does @? fail",
    "in round brackets": "(@)",
    "ternary": 'token = ok ? "@" : null;',
    "url of its own": "tokcheck://token/@/",
    "windows path like": "C:\\tokens\\@",
    "multipart": 'Content-Disposition: form-data; name="access_token"\r\n\r\n@\r\n--boundary--\r\n',
}


def _all_templates() -> Iterator[tuple[str, str]]:
    for name, (_, template) in COMMANDS.items():
        yield name, template
    yield from OTHERS.items()


ALL = [pytest.param(template, id=name) for name, template in _all_templates()]


def put(template: str, token: str) -> str:
    """Put a token in a template's place."""
    return template.replace("@", token).replace("\0", "@")
