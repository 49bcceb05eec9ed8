"""Samples that were published as such: RFCs, documentation, READMEs.

A sample is listed by a SHA-256, so that this file has none: of a signed token's payload, which is
the part between the dots, regardless of its signature; of any other credential as a whole. To add
one:

    printf %s TEXT | sha256sum
"""

DIGESTS = frozenset(
    {
        # RFC 7515, A.1 to A.5, and RFC 7519, 3.1 and 6.1: the claims of "joe"
        "32cd61d7a4d1ae9f72ad09c70f50f173085e9c22160afd84edb169af126796a0",
        # https://jwt.io, with and without "admin"
        "3373cfa8cfd3d25622125d01af103fd4727b8d44648999185b68346ab5f4d59d",
        "9cad21446b79d6b1604a6f3e50d15769c94a1b6ed0f3f49ebf871f7ecca7fdb8",
        "25be1edd45a3a982faa1861a20949eb23625d150d1926403060937ade7f2a1de",
        # https://en.wikipedia.org/wiki/JSON_Web_Token
        "e4629b73ec8fe962c41ae082ca7411a05bc8b7631987540ddc1eecf9876709d9",
        # OpenID Connect Core 1.0, 3.1.3.3
        "f847591c862244197fbec99e506b96bb9efe47f4aee303cdc927a47819833bf8",
        # https://github.com/jpadilla/pyjwt: the README
        "60c7b360c63758918173e2f9c36036da504edbae122a616a53747b4ab042e1f1",
        # PyJWT's documentation of PyJWKClient, and in its changelog
        "844cb9573c98dda0e893a3591aaacbb51730eae5db4f391ae30240b4343b26ac",
        # https://github.com/authlib/joserfc: the README
        "7083e838cab417be961c56133f11eb4172a05522213ea765629b321d8263b408",
        # https://github.com/auth0/node-jsonwebtoken and others: {"foo":"bar"}
        "33b713eaa962187f7f543291f68af496cf0b785c209446b2fb684bf63323acfa",
        # Fitbit's documentation: an access token, its refresh token, an authorization code
        "594ff460724f5ac82d1ff181baa33347ea1cf121824d2a9ff2daaeb4a2603bd9",
        "1381a0264aebab278a170fbdbf5e1e054fbc5eded0ef841b18ca1eb9ae93126e",
        "aca1ee5e887ab00635f6df093370a6bb3598e51aaa28aca4302acaa7f6bf58a9",
    }
)
