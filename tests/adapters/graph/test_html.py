"""Teams' HTML to plain text: structure is kept, what could run is not, and nothing raises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.graph.html import text_of


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Hello <b>there</b></p><p>Second</p>", "Hello there\nSecond"),
        ("one<br>two", "one\ntwo"),
        ("a &lt;tag&gt; &amp; more&nbsp;space", "a <tag> & more space"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<ol><li>one</li><li>two</li></ol>", "1. one\n2. two"),
        ("<p>Try <code>make test</code> now</p>", "Try `make test` now"),
        ("<pre>if x:\n    go()\n</pre>", "```\nif x:\n    go()\n```"),
        ('<codeblock class="Bash"><code>cd /tmp<br>ls</code></codeblock>', "```\ncd /tmp\nls\n```"),
        ("<blockquote><p>said before</p></blockquote><p>yes</p>", "> said before\nyes"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a | b\n1 | 2"),
        ('<a href="https://example.com/a">the page</a>', "the page (https://example.com/a)"),
        ('<a href="https://example.com/">example.com</a>', "example.com"),
        ('<p><at id="0">Ann Lee</at> please</p>', "Ann Lee please"),
        ('<emoji alt="🙂"></emoji> fine', "🙂 fine"),
        ('<img alt="a picture" src="x">', "a picture"),
        ("Hello<script>alert(1)</script><style>p{}</style><!-- no --> there", "Hello there"),
        ("<p>Hello<img src=x onerror=alert(2)> <b>there</b></p>", "Hello there"),
        ("<p>never <b>closed", "never closed"),
        ("", ""),
        ("   ", ""),
        ("a\x00b\x07c", "abc"),
        ("cafe\u0301", "caf\u00e9"),
    ],
)
def test_markup_becomes_text(markup: str, text: str) -> None:
    assert text_of(markup).text == text


def test_only_web_addresses_are_links_each_once() -> None:
    markup = (
        '<a href="https://a.example/x">x</a><a href="javascript:alert(1)">y</a><a href="data:text/html,z">z</a>'
        '<a href="https://a.example/x">again</a><a href="http://b.example">b</a>'
    )
    read = text_of(markup)
    assert read.links == ("https://a.example/x", "http://b.example")
    assert "javascript" not in read.text


def test_mentions_and_attachments_are_named() -> None:
    read = text_of('<attachment id="17"></attachment><p><at id="0">Ann</at> and <at id="1">Bob</at></p>')
    assert (read.mention_ids, read.attachment_ids) == (("0", "1"), ("17",))
    assert read.text == "Ann and Bob"


@pytest.mark.parametrize("tag", ["div", "b", "ul", "blockquote", "table", "a", "pre"])
def test_ten_thousand_levels_neither_raise_nor_lose_the_process(tag: str) -> None:
    text_of(f"<{tag}>" * 10_000 + "deep" + f"</{tag}>" * 10_000)


def test_a_megabyte_is_read() -> None:
    assert len(text_of("<p>" + "many words " * 95_000 + "</p>").text) > 900_000


@given(st.text(max_size=300))
def test_no_text_raises(markup: str) -> None:
    read = text_of(markup)
    assert "\x00" not in read.text


@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<ul>", "<li>", "<pre>", "</pre>", "<a href='", "'>", "<at id=", "x", "&", "\ud800"]
        ),
        max_size=30,
    ).map("".join)
)
def test_no_mixture_of_tags_raises(markup: str) -> None:
    text_of(markup)
