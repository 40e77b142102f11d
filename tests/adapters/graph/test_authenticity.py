"""Content is believed only with Entra's word that Graph sent it to us: every kind of forgery is refused."""

import base64
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws, jwt

from shared.adapters.graph.authenticity import CHANGE_TRACKING_APP, LEEWAY, LONGEST, MOST_TOKENS, ValidationTokens
from shared.adapters.identity.keys import SigningKeys
from shared.errors import Refused
from tests.adapters.graph.forgeries import (
    APP,
    ENTRA,
    FORGER,
    NOON,
    OTHER_APP,
    OTHER_TENANT,
    TENANT,
    Clock,
    Entra,
    claims,
    claims_v2,
    raw,
    signed,
    token,
)


@pytest.fixture
def entra() -> Entra:
    return Entra()


@pytest.fixture
async def tokens(entra: Entra) -> AsyncIterator[ValidationTokens]:
    async with httpx.AsyncClient(transport=entra.transport()) as http:
        keys = SigningKeys("https://login.test/keys", http, metadata=False)
        yield ValidationTokens(keys=keys, app_id=APP, tenant_id=TENANT, now=Clock().now)


async def refused(tokens: ValidationTokens, *given: str, **later: float) -> str:
    """The code with which tokens are refused."""
    with pytest.raises(Refused) as refusal:
        await tokens.check(given, received_at=NOON + timedelta(**later))
    assert not any(one and one in str(refusal.value) for one in given), "no token is repeated in a message"
    return refusal.value.code


async def test_graph_is_believed_by_entras_tokens_of_both_versions(tokens: ValidationTokens) -> None:
    await tokens.check([token()], received_at=NOON)
    await tokens.check([signed(claims_v2())], received_at=NOON)
    await tokens.check([token(tid=TENANT.upper(), iss=f"https://sts.windows.net/{TENANT}/")], received_at=NOON)


async def test_no_token_is_no_proof(tokens: ValidationTokens) -> None:
    assert await refused(tokens) == "no_token"


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": OTHER_APP},
        {"aud": f"api://{APP}"},
        {"aud": [APP]},
        {"aud": None},
        {"aud": "https://graph.microsoft.com"},
        {"tid": OTHER_TENANT},
    ],
    ids=str,
)
async def test_a_genuine_token_for_somebody_else_vouches_for_nothing(
    tokens: ValidationTokens, changed: dict[str, Any]
) -> None:
    assert await refused(tokens, token(**changed)) == "foreign_token"


@pytest.mark.parametrize(
    "changed",
    [
        {"appid": OTHER_APP},
        {"appid": None},
        {"appid": APP},
        {"appid": [CHANGE_TRACKING_APP]},
        {"azp": OTHER_APP},
        {"appid": OTHER_APP, "azp": CHANGE_TRACKING_APP},
        {"tid": None},
        {"tid": 7},
        {"tid": OTHER_TENANT, "iss": f"https://sts.windows.net/{TENANT}/"},
        {"iss": f"https://sts.windows.net/{OTHER_TENANT}/"},
        {"iss": f"https://sts.windows.net/{TENANT}"},
        {"iss": f"https://sts.windows.net.evil.test/{TENANT}/"},
        {"iss": f"https://login.microsoftonline.com/{TENANT}/v2.0/"},
        {"iss": "https://login.microsoftonline.com/common/v2.0"},
        {"iss": None},
        {"iss": ["https://sts.windows.net/"]},
        {"exp": None},
        {"exp": "never"},
        {"exp": True},
        {"exp": 1e300},
        {"exp": -1},
        {"nbf": None},
        {"nbf": "soon"},
    ],
    ids=str,
)
async def test_a_token_that_entra_would_not_give_to_graph_is_refused(
    tokens: ValidationTokens, changed: dict[str, Any]
) -> None:
    assert await refused(tokens, token(**changed)) == "bad_token"


async def test_claims_that_are_no_numbers_are_no_times(tokens: ValidationTokens) -> None:
    for nonsense in (float("nan"), float("inf"), float("-inf")):
        assert await refused(tokens, token(exp=nonsense)) == "bad_token"
        assert await refused(tokens, token(nbf=nonsense)) == "bad_token"


@pytest.mark.parametrize(
    "minutes", [61 + LEEWAY.total_seconds() / 60, -1 - LEEWAY.total_seconds() / 60, 24 * 60, -24 * 60]
)
async def test_what_was_expired_or_not_yet_valid_when_it_came_is_refused(
    tokens: ValidationTokens, minutes: float
) -> None:
    assert await refused(tokens, token(), minutes=minutes) == "expired_token"


async def test_clocks_may_differ_a_little(tokens: ValidationTokens) -> None:
    await tokens.check([token()], received_at=NOON - LEEWAY)
    await tokens.check([token()], received_at=NOON + timedelta(hours=1) + LEEWAY)
    assert timedelta(minutes=5) >= LEEWAY


async def test_the_moment_of_receipt_counts_for_an_item_that_waited(entra: Entra) -> None:
    clock = Clock()
    async with httpx.AsyncClient(transport=entra.transport()) as http:
        keys = SigningKeys("https://login.test/keys", http, metadata=False)
        tokens = ValidationTokens(keys=keys, app_id=APP, tenant_id=TENANT, now=clock.now)
        clock.advance(days=1)
        await tokens.check([token()], received_at=NOON)
        assert await refused(tokens, token(), days=1) == "expired_token"


@pytest.mark.parametrize(
    "code_and_bad",
    [("bad_token", signed(claims(), FORGER)), ("expired_token", token(exp=int(NOON.timestamp()) - 3600))],
)
@pytest.mark.parametrize("good_first", [True, False])
async def test_one_bad_token_makes_its_whole_batch_suspicious(
    tokens: ValidationTokens, code_and_bad: tuple[str, str], good_first: bool
) -> None:
    code, bad = code_and_bad
    batch = [token(), bad] if good_first else [bad, token()]
    assert await refused(tokens, *batch) == code
    await tokens.check([token()], received_at=NOON)


async def test_our_tenant_must_be_covered_whoever_else_is(tokens: ValidationTokens) -> None:
    strangers = [token(tid=OTHER_TENANT), token(aud=OTHER_APP), token(tid=OTHER_TENANT, aud=OTHER_APP)]
    assert await refused(tokens, *strangers) == "foreign_token"
    await tokens.check([*strangers, token()], received_at=NOON)


async def test_parts_of_two_foreign_tokens_do_not_make_one_of_ours(tokens: ValidationTokens) -> None:
    """One is for our tenant, the other for our app; neither is for both."""
    assert await refused(tokens, token(aud=OTHER_APP), token(tid=OTHER_TENANT)) == "foreign_token"


def _hmac_with_public_key(secret: bytes) -> str:
    """By hand: no library will use a public key as a secret."""
    unsigned = raw({"alg": "HS256", "kid": "entra"}, claims())
    signature = hmac.digest(secret, unsigned.encode(), "sha256")
    return f"{unsigned}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


_HEADER = {"typ": "JWT", "alg": "RS256", "kid": "entra"}
_FORGED_BODY, _FORGED_SIGNATURE = signed(claims(), FORGER).split(".")[1:]
_EMBEDDED = {"jwk": FORGER.as_dict(private=False)}
FORGED = {
    "alg none": raw({"alg": "none"}, claims()) + ".",
    "alg none with key id": raw({"alg": "none", "kid": "entra"}, claims()) + ".",
    "alg None": raw({"alg": "None", "kid": "entra"}, claims()) + ".",
    "alg null": raw({"alg": None, "kid": "entra"}, claims()) + ".",
    "alg empty": raw({"alg": "", "kid": "entra"}, claims(), b"x"),
    "alg a list": raw({"alg": ["RS256"], "kid": "entra"}, claims(), b"x"),
    "no alg": raw({"kid": "entra"}, claims(), b"x"),
    "no signature": token().rpartition(".")[0] + ".",
    "two parts": token().rpartition(".")[0],
    "HS256 by the PEM": _hmac_with_public_key(ENTRA.as_pem(private=False)),
    "HS256 by the DER": _hmac_with_public_key(ENTRA.as_der(private=False)),
    "HS256 by the modulus": _hmac_with_public_key(str(ENTRA.as_dict()["n"]).encode()),
    "HS256 by the JWK": _hmac_with_public_key(json.dumps(ENTRA.as_dict(private=False)).encode()),
    "RS512": jwt.encode(_HEADER | {"alg": "RS512"}, claims(), ENTRA, algorithms=["RS512"]),
    "PS256": jwt.encode(_HEADER | {"alg": "PS256"}, claims(), ENTRA, algorithms=["PS256"]),
    "another's key": signed(claims(), FORGER),
    "embedded jwk": signed(claims(), FORGER, **_EMBEDDED),
    "embedded jwk without kid": signed(claims(), FORGER, kid=None, **_EMBEDDED),
    "jku": signed(claims(), FORGER, jku="https://evil.test/keys"),
    "x5u": signed(claims(), FORGER, x5u="https://evil.test/chain"),
    "x5c": signed(claims(), FORGER, x5c=[base64.b64encode(FORGER.as_der(private=False)).decode()]),
    "crit": signed(claims(), crit=["exp"], exp=1),
    "crit of nothing": signed(claims(), crit=[]),
    "crit that is no list": signed(claims(), crit=5),
    "b64": signed(claims(), b64=True),
    "unknown kid": signed(claims(), FORGER, kid="unknown"),
    "no kid": signed(claims(), kid=None),
    "empty kid": signed(claims(), kid=""),
    "kid a number": signed(claims(), kid=7),
    "kid a list": signed(claims(), kid=["entra"]),
    "kid very long": signed(claims(), kid="k" * 300),
    "kid a path": signed(claims(), FORGER, kid="../../../../dev/null"),
    "kid in other case": signed(claims(), kid="ENTRA"),
    "header a list": raw(["alg", "kid"], claims(), b"x"),
    "header a string": raw("alg", claims(), b"x"),
    "header a number": raw(7, claims(), b"x"),
    "header null": raw(None, claims(), b"x"),
    "header no JSON": raw(b"\xff\xfe", claims(), b"x"),
    "header deeply nested": raw(b'{"alg":"RS256","kid":' + b"[" * 300 + b"]" * 300 + b"}", claims(), b"x"),
    "header huge": raw(_HEADER | {"x": "x" * 5000}, claims(), b"x"),
    "five parts, a JWE": raw({"alg": "RSA-OAEP", "enc": "A256GCM", "kid": "entra"}, b"k", b"i", b"c", b"t"),
    "a token in a token": raw(_HEADER | {"cty": "JWT"}, token().encode(), b"x"),
    "oversized": "A" * (LONGEST + 1),
    "oversized but well-formed": token(filler="x" * LONGEST),
    "dots": "." * 5000,
    "empty": "",
    "letters": "not.a.token",
    "other letters": "ä.ö.ü",
    "surrogates": "\ud800.\udfff.x",
    "look-alikes": token().replace("e", "е"),
    "zero-width space": token()[:10] + "\u200b" + token()[10:],
    "right to left": "\u202e" + token(),
    "space behind": token() + " ",
    "line break behind": token() + "\n",
    "padded": token() + "==",
    "standard base64": token().replace("-", "+").replace("_", "/") + "+",
    "Bearer": "Bearer " + token(),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
async def test_a_forged_token_is_refused_and_leads_nowhere(tokens: ValidationTokens, entra: Entra, forged: str) -> None:
    assert await refused(tokens, forged) == "bad_token"
    assert await refused(tokens, token(), forged) == "bad_token"
    assert entra.other_addresses == [], "where a token says that keys are is never asked"
    assert entra.asked <= 1


async def test_a_genuine_token_may_carry_headers_that_nobody_asked_for(tokens: ValidationTokens, entra: Entra) -> None:
    """What is not critical is ignored (RFC 7515): Entra may add to its headers, and nothing in them is followed."""
    await tokens.check([signed(claims(), nonce="n", jku="https://evil.test/keys", x5t="entra")], received_at=NOON)
    assert entra.other_addresses == []


_GENUINE = token()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, len(_GENUINE) - 1), other=st.characters(codec="utf-8"))
async def test_a_token_with_any_letter_changed_is_refused(tokens: ValidationTokens, position: int, other: str) -> None:
    if _GENUINE[position] != other:
        changed = _GENUINE[:position] + other + _GENUINE[position + 1 :]
        assert await refused(tokens, changed) in ("bad_token", "foreign_token")


@pytest.mark.parametrize("part", [0, 1, 2], ids=["header", "claims", "signature"])
@pytest.mark.parametrize("place", ["first", "middle", "last"])
async def test_a_flipped_bit_in_any_part_is_refused(tokens: ValidationTokens, part: int, place: str) -> None:
    parts = [base64.urlsafe_b64decode(piece + "==") for piece in _GENUINE.split(".")]
    spoilt = bytearray(parts[part])
    index = {"first": 0, "middle": len(spoilt) // 2, "last": len(spoilt) - 1}[place]
    for bit in range(8):
        spoilt[index] ^= 1 << bit
        parts[part] = bytes(spoilt)
        assert await refused(tokens, raw(*parts)) == "bad_token"
        spoilt[index] ^= 1 << bit


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    header=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["RS256", "entra", "none"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["alg", "kid", "crit", "jwk", "b64", "x5c", "typ", "?"]), inner, max_size=6
            )
        ),
        max_leaves=8,
    ),
    body=st.binary(max_size=30),
)
async def test_no_header_does_worse_than_be_refused(tokens: ValidationTokens, header: Any, body: bytes) -> None:
    assert await refused(tokens, raw(header, body, b"x")) == "bad_token"


async def test_deeply_nested_claims_are_refused(tokens: ValidationTokens) -> None:
    """Signed by Entra or not: what can't be read is not believed."""
    deep = b"[" * 5000 + b"]" * 5000
    header = {"alg": "RS256", "kid": "entra"}
    assert await refused(tokens, jws.serialize_compact(header, deep, ENTRA)) == "bad_token"


async def test_a_pile_of_tokens_is_refused_unread(tokens: ValidationTokens, entra: Entra) -> None:
    assert await refused(tokens, *(["x"] * (MOST_TOKENS + 1))) == "too_many_tokens"
    assert entra.asked == 0


async def test_what_was_refused_once_is_refused_again(tokens: ValidationTokens) -> None:
    """Nothing about a bad token is remembered as good."""
    for _ in range(3):
        assert await refused(tokens, signed(claims(), FORGER)) == "bad_token"
        assert await refused(tokens, token(aud=OTHER_APP)) == "foreign_token"
        assert await refused(tokens, token(), hours=3) == "expired_token"
