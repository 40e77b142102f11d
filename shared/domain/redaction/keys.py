"""Keys that show by their own shape or by where they stand: in an address, a header, a connection string."""

import re

from shared.domain.redaction.findings import GONE, FindingKind, Found, Rule
from shared.domain.redaction.shapes import is_placeholder, is_random

_EDGE = rf"(?<![A-Za-z0-9_/+=.{GONE}-])"
_PRIVATE_KEY = re.compile(
    rf"(?P<secret>-----BEGIN [A-Z0-9 ]{{0,30}}PRIVATE KEY(?: BLOCK)?-----"
    rf"(?:(?:[^{GONE}-]|-(?!----))*+-----END [A-Z0-9 ]{{0,30}}PRIVATE KEY(?: BLOCK)?-----"
    r"|(?:(?:\s|\\[rn]|>){0,6}[A-Za-z0-9+/=]{20,}+)*+))"  # its end was not copied
)
_OF_A_KNOWN_SHAPE = re.compile(
    _EDGE
    + r"""(?P<secret>
      eyJ[\w-]{8,}+\.[\w-]{8,}+(?:\.[\w-]*+){1,3}               # JSON web token
    | A(?:KIA|SIA|BIA|CCA)[0-9A-Z]{16}                          # AWS
    | gh[pousr]_\w{30,}+ | github_pat_\w{30,}+ | glpat-[\w-]{18,}+ | ATATT3x[\w=-]{30,}+
    | xox[abeoprs]-[\w-]{10,}+ | xapp-[\w-]{20,}+               # Slack
    | (?:(?:sk|rk)_(?:live|test)|whsec)_\w{16,}+                # Stripe
    | AIza[\w-]{30,}+ | ya29\.[\w-]{20,}+ | GOCSPX-[\w-]{20,}+  # Google
    | npm_\w{30,}+ | pypi-[\w-]{30,}+ | hf_\w{30,}+ | dckr_pat_[\w-]{20,}+ | dop_v1_\w{40,}+ | hvs\.[\w-]{20,}+
    | dapi[0-9a-f]{32} | shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32} | SG\.[\w-]{16,}+\.[\w-]{16,}+ | PMAK-[\w-]{20,}+
    | sk-(?=[\w-]{0,200}\d)[\w-]{20,}+                          # model providers
    | [A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}              # Entra's client secrets
    | [A-Za-z0-9+/]{86}==                                       # Azure Storage, Cosmos DB
    | (?:\d{6}-){7}\d{6}                                        # BitLocker recovery
    | (?=[A-Z-]{0,29}\d)(?=[0-9-]{0,29}[A-Z])(?:[A-Z0-9]{5}-){4}[A-Z0-9]{5}(?![\w-])  # Microsoft product keys
    )""",
    re.VERBOSE,
)
_WEBHOOK = re.compile(
    rf"(?i)\b(?:hooks\.slack\.com|[\w.-]{{0,60}}\bwebhook\.office\.com)/(?P<secret>[^\s\"'<>)|{GONE}]{{20,2000}})"
)
_AUTHORIZATION = re.compile(
    rf"(?i)\bauthorization[\"']?\s{{0,3}}[:=]\s{{0,3}}[\"']?(?:(?:basic|bearer|token|apikey|negotiate)\s{{1,3}})?"
    rf"(?P<secret>[^\s\"',;{GONE}]{{8,}}+)"
)
_BEARER = re.compile(r"(?i)\bbearer\s{1,3}(?P<secret>(?=[a-z.~+/=_-]{0,200}\d)[\w.~+/=-]{16,}+)")
_CONNECTION = re.compile(
    r"(?i)\b(?:(?:AccountKey|SharedAccessKey|sig)\s?=|SharedAccessSignature(?:\s?=|\s)(?=[\w&%=.-]{0,500}sig=))"
    r"\s?[\"']?(?P<secret>[\w%+/=.-]{12,}+(?:&[\w%+/=.-]*+)*+)"
)
_QUERY = re.compile(
    rf"(?i)[?&](?:[\w-]{{0,30}}(?:token|secret|passw(?:or)?d|pwd|signature|api[_-]?key)|code|key|auth)"
    rf"=(?P<secret>[^\s&#\"'<>)|{GONE}]{{6,}}+)"
)
_PASSWORD_IN_ADDRESS = re.compile(
    rf"(?i)\b[a-z][a-z0-9+.-]{{1,20}}://[^\s/:@{GONE}]{{0,100}}:(?P<secret>[^\s/@{GONE}]{{1,200}})@"
)
_KEY_IN_ADDRESS = re.compile(rf"(?i)\bhttps?://(?P<secret>(?=[a-z_-]{{0,200}}\d)[^\s/:@{GONE}]{{20,200}})@")
# Of an address only what its query names as a secret goes: the rest is how a page is found.
_LONG_TOKEN = re.compile(
    rf"\bhttps?://[^\s{GONE}]*+|(?<![\w/.+@\\{GONE}-])(?P<secret>[A-Za-z0-9+/_-]{{24,}}+=*+)(?![\w/.@\\{GONE}])"
)


def _is_a_value(match: re.Match[str]) -> bool:
    return not is_placeholder(match["secret"])


def _was_drawn(match: re.Match[str]) -> bool:
    return is_random(match["secret"])


KEYS: tuple[Found, ...] = (
    (FindingKind.KEY, Rule(_PRIVATE_KEY)),
    (FindingKind.KEY, Rule(_OF_A_KNOWN_SHAPE)),
    (FindingKind.KEY, Rule(_WEBHOOK)),
    (FindingKind.PASSWORD, Rule(_PASSWORD_IN_ADDRESS, _is_a_value)),
    (FindingKind.KEY, Rule(_KEY_IN_ADDRESS)),
    (FindingKind.KEY, Rule(_AUTHORIZATION, _is_a_value)),
    (FindingKind.KEY, Rule(_BEARER)),
    (FindingKind.KEY, Rule(_CONNECTION)),
    (FindingKind.KEY, Rule(_QUERY, _is_a_value)),
)
DRAWN: Found = (FindingKind.KEY, Rule(_LONG_TOKEN, _was_drawn))
"""Long tokens that show no shape but chance: read last, when everything better known is gone."""
