"""Errors of the connection between a client and the provider, which say nothing about a token."""

from tokcheck.accounts.explanation.client_errors.client_error import ClientError
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import Verdict

CERTIFICATE = ClientError(
    "certificate",
    LazyRegex(
        r"\bCERTIFICATE_VERIFY_FAILED\b|\bSELF_SIGNED_CERT_IN_CHAIN\b|\bCERT_HAS_EXPIRED\b"
        r"|\bUNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(?:_LOCALLY)?)\b|\bcurl: \(60\)"
        r"|\bself[- ]signed certificate\b|\bx509: certificate\b|\bPKIX path building failed\b"
        r"|\bSSL certificate problem\b"
    ),
    Verdict.UNDETERMINED,
    "The client does not trust the certificate that it received for the {title}, and sent nothing.",
    "Most often a proxy or a virus scanner decrypts the connection: add its certificate to those "
    "that the client trusts. Otherwise check the computer's clock and update its certificates. "
    "Leave the verification on: it keeps the token secret.",
    needs_owner=True,
)
PROXY = ClientError(
    "proxy",
    LazyRegex(
        r"\bTunnel connection failed\b|\b(?:Cannot|Unable to) connect to proxy\b"
        r"|\bProxy Authentication Required\b|\bCONNECT tunnel failed\b|\bProxy CONNECT aborted\b"
        r"|\bERR_(?:TUNNEL|PROXY)_CONNECTION_FAILED\b"
    ),
    Verdict.UNDETERMINED,
    "A proxy did not let the client through to the {title}, which says nothing about the token.",
    "Check the variables HTTPS_PROXY and NO_PROXY where the client runs, and the proxy's user and "
    "password.",
    needs_owner=True,
)
UNREACHABLE = ClientError(
    "unreachable",
    LazyRegex(
        r"\bMax retries exceeded\b|\bFailed to (?:establish a new connection|resolve)\b"
        r"|\bName or service not known\b|\bTemporary failure in name resolution\b"
        r"|\bgetaddrinfo (?:ENOTFOUND|EAI_AGAIN|failed)|\bE(?:CONNREFUSED|TIMEDOUT|CONNRESET)\b"
        r"|\b(?:Read|Connect|Socket)Timeout(?:Error|Exception)?\b|\bRead timed out\b"
        r"|\bcurl: \((?:5|6|7|28|35|52|56)\)|\bno such host\b|\bi/o timeout\b"
        r"|\bClient\.Timeout exceeded\b|\bcontext deadline exceeded\b|\bTLS handshake timeout\b"
        r"|\bUnknownHostException\b|\b[Cc]onnection (?:refused|reset by peer|timed out)\b"
        r"|\bCould not resolve host\b|\bNSURLErrorDomain Code=-10\d\d\b|\bRemoteDisconnected\b"
        r"|\bfitbit\.exceptions\.Timeout\b"  # python-fitbit
        r"|\bServerDisconnectedError\b|\bClientConnectorError\b|\bnet::ERR_[A-Z_]{4,40}\b"
    ),
    Verdict.UNDETERMINED,
    "The client got no response from the {title}, which says nothing about the token.",
    "Check the network, the name server and the proxies of the computer where the client runs.",
    needs_owner=True,
)
# Messages in the consoles of browsers: the address is between the first and the last words.
OTHER_ORIGIN = ClientError(
    "other_origin",
    LazyRegex(
        r"\bAccess to \w{1,20}(?: \w{1,20})? at ['\"][^\n]{1,600}?\bblocked by CORS policy\b"
        r"|\bCross-Origin Request Blocked\b[^\n]{1,600}?\(Reason: CORS\b"
        r"|\bblocked by CORS policy\b"
    ),
    Verdict.UNDETERMINED,
    "The browser did not let a web page read the response of the {title}: the response does not "
    "allow pages of another origin (CORS).",
    "This says nothing about the token. Send the request from a server of your own, not from the "
    "page. If the request failed, too, its status is in the browser's network tab.",
    needs_owner=True,
)
