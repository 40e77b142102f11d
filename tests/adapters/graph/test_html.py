"""Teams' HTML to plain text: structure is kept, what could run is not, and nothing raises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.graph.html import text_of
from shared.adapters.graph.lines import MOST_QUOTES


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
        ("<ul><li>one<ul><li>in</li></ul></li><li>two</li></ul>", "- one\n  - in\n- two"),
        ("<ol><li>a<ol><li>b</li></ol></li><li>c</li></ol>", "1. a\n  1. b\n2. c"),
        ('<ol start="3"><li>c</li><li>d</li></ol>', "3. c\n4. d"),
        ('<ol start="9999999999"><li>c</li></ol>', "1. c"),
        ("<ul>\n<li><p>one</p></li>\n<li><p>two</p></li>\n</ul>", "- one\n- two"),
        ("<table><tr><td><p>a</p></td><td><p>b</p><p>c</p></td></tr></table>", "a | b c"),
        ("<blockquote>one<blockquote>two</blockquote></blockquote>", "> one\n> > two"),
        ("<blockquote><pre>a\n\n  b</pre></blockquote>", "> ```\n> a\n>\n>   b\n> ```"),
        ("<pre>a<script>evil()</script>b<!-- no --></pre>", "```\nab\n```"),
        ("<code>a<style>p{}</style>b</code>", "`ab`"),
        ("<pre>a<svg><text>no</text></svg>b</pre>", "```\nab\n```"),
        ('<codeblock class="Python"><code>a<br>&nbsp;&nbsp;b<br><br>c</code></codeblock>', "```\na\n  b\n\nc\n```"),
        ("&#0;a&#8;b", "\ufffdab"),
        ("a\ufffeb\ud800c", "abc"),
        ("one\rtwo", "one two"),
        ("<pre>one\rtwo\r\nthree</pre>", "```\none\ntwo\nthree\n```"),
        ("</div></div>x<p>y", "x\ny"),
        ("&amp;lt; &unknown; &#x1F600;", "&lt; &unknown; 😀"),
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


def test_a_mention_is_its_name_and_the_place_of_an_attachment_is_nothing() -> None:
    read = text_of('<attachment id="17"></attachment><p><at id="0">Ann</at> and <at id="1">Bob</at></p>')
    assert read.text == "Ann and Bob"


@pytest.mark.parametrize("tag", ["div", "b", "ul", "ol><li", "blockquote", "table><tr><td", "a", "pre", "code", "h1"])
def test_ten_thousand_levels_leave_the_words(tag: str) -> None:
    assert "deep" in text_of(f"<{tag}>" * 10_000 + "deep" + f"</{tag.partition('>')[0]}>" * 10_000).text


@pytest.mark.parametrize("levels", [300, 10_000])
def test_however_deep_a_script_is_dropped(levels: int) -> None:
    read = text_of("<b>" * levels + "deep<script>evil()</script><style>p{}</style>")
    assert read.text == "deep"


def test_quotes_within_quotes_are_marked_so_far_and_no_further() -> None:
    text = text_of("<blockquote>" * 150 + "x<br>" * 20).text
    assert len(text) < 20 * 2 * (MOST_QUOTES + 2)


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
