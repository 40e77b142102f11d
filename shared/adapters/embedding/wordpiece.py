"""Texts to the word pieces of BERT's uncased vocabulary, as all-MiniLM-L6-v2 was trained on them."""

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from shared.adapters.embedding.absent import Unusable

if TYPE_CHECKING:
    from tokenizers import Tokenizer

VOCABULARY = Path(__file__).parent / "bert-uncased-vocabulary.txt"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
PIECES_AT_MOST = 256
"""What the model was made for; what a longer text says first is what it is about."""
_READ_AT_MOST = 8_000
"""Characters of a text that are cut into pieces: more than the pieces that are kept can hold."""
_WORD_AT_MOST = 100


def pieces_of(texts: Sequence[str]) -> list[list[int]]:
    """The ids of each text's word pieces, with the marks for its beginning and end; at most `PIECES_AT_MOST` each.

    Raises:
        Unusable: the library is not installed, or the vocabulary is not the one that is meant.
    """
    encodings = _tokenizer().encode_batch([text[:_READ_AT_MOST] for text in texts])
    return [encoding.ids for encoding in encodings]


@cache
def _tokenizer() -> "Tokenizer":
    try:
        from tokenizers import Tokenizer
        from tokenizers.models import WordPiece
        from tokenizers.normalizers import BertNormalizer
        from tokenizers.pre_tokenizers import BertPreTokenizer
        from tokenizers.processors import TemplateProcessing
    except ImportError as error:
        raise Unusable("the library tokenizers is not installed") from error
    content = VOCABULARY.read_bytes()
    if hashlib.sha256(content).hexdigest() != VOCABULARY_SHA256:
        raise Unusable(f"{VOCABULARY.name} is not the vocabulary that the model was made with")
    vocabulary = {piece: number for number, piece in enumerate(content.decode("utf8").splitlines())}
    model = WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=_WORD_AT_MOST)  # noqa: S106
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    marks = [(mark, vocabulary[mark]) for mark in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=marks)
    tokenizer.enable_truncation(PIECES_AT_MOST)
    return tokenizer
