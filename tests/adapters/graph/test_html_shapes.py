"""What Teams' bodies look like in the wild, and what hostile ones cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.graph.html import MOST_DEPTH, MOST_TAGS, HtmlText, text_of


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>a</p>\n<p>b</p>", "a\nb"),
        ("<p>a</p><p>&nbsp;</p><p>&nbsp;</p><p>b</p>", "a\n\nb"),
        ("a<br><br><br>b", "a\n\nb"),
        ("<div><div>a</div></div>  <span> b </span><span>c</span>", "a\nb c"),
        ("<ul><li><p>x</p></li><li>y<ul><li>z</li></ul></li></ul>", "- x\n- y\n  - z"),
        ('<ol start="3"><li>a<ul><li>b</li></ul></li><li>c</li></ol>', "3. a\n  - b\n4. c"),
        ("<table><tr><td><p>a</p><p>c</p></td><td>b</td></tr><tr><td></td><td>d</td></tr></table>", "a c | b\n| d"),
        ("<p>Use:</p><codeblock><code>a:<br>&nbsp; b  c<br><br>d</code></codeblock>!",
         "Use:\n```\na:\n  b  c\n\nd\n```\n!"),
        ("<pre><div>a</div><div>b</div></pre>", "```\na\nb\n```"),
        ("<p>x <code>a  b</code>, y</p>", "x `a  b`, y"),
        ("<code>a<br>b</code>", "```\na\nb\n```"),
        ("<pre></pre><code> </code>x", "x"),
        ("<blockquote>x<pre>a\n b</pre><blockquote>y</blockquote></blockquote>z",
         "> x\n> ```\n> a\n>  b\n> ```\n> > y\nz"),
        ("<li>one<pre>two\nthree</pre></li>", "- one\n```\ntwo\nthree\n```"),
        ('<a href="https://a.example/1"></a>', "https://a.example/1"),
        ('<a href="https://a.example/"><b>https://A.example</b></a>', "https://A.example"),
        ('see <a href="https://a.example/1">the <i>page</i></a>, please', "see the page (https://a.example/1), please"),
        ('<a href="mailto:ann@example.com">Ann</a>', "Ann"),
        ('<p>so<emoji id="smile" alt="🙂"></emoji> and <img src="x"><customemoji alt="ship"/></p>', "so🙂 and ship"),
        ("<?xml version='1.0' encoding='latin1'?><p>é</p>", "é"),
        ("<svg><text>no</text></svg><title>no</title><iframe>no</iframe><noscript>no</noscript>yes", "yes"),
        ("a&#0;b&#1;c&#x7f;d&#xFFFF;", "a\ufffdbcd"),
        ("a < b && c > d <3", "a < b && c > d <3"),
        ("<systemEventMessage/>", ""),
    ],
)  # fmt: skip
def test_the_shape_of_what_was_said_is_kept(markup: str, text: str) -> None:
    assert text_of(markup).text == text


def test_no_body_says_nothing() -> None:
    assert text_of(None).text == ""


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "https:///x", "https://a.example/x y", "https://[", "https://a.example/\xa0", ""],
)
def test_an_address_that_nobody_can_open_is_no_link(address: str) -> None:
    read = text_of(f'<a href="{address}">here</a>')
    assert (read.text, read.links) == ("here", ())


def test_links_within_code_are_links_and_stay_code() -> None:
    read = text_of('<pre>curl <a href="https://a.example/x">it</a></pre>')
    assert (read.text, read.links) == ("```\ncurl it\n```", ("https://a.example/x",))


def test_what_stands_ten_thousand_levels_deep_and_after_it_is_read() -> None:
    assert (
        text_of("<p>before</p>" + "<div>" * 10_000 + "deep" + "</div>" * 10_000 + "after").text == "before\ndeep\nafter"
    )


def test_entities_that_a_document_defines_are_not_expanded() -> None:
    markup = '<!DOCTYPE p [<!ENTITY a "boom">]><p>&a; said</p>'
    assert "boom said" not in text_of(markup).text
    assert "&a; said" in text_of(markup).text


def test_what_is_read_can_not_be_blown_up() -> None:
    quoted = text_of("<blockquote><ul><ul><ul><ul><ul><ul><ul><ul><ul>" + "<li>x" * MOST_TAGS).text
    assert len(quoted) < 40 * MOST_TAGS


def test_lists_within_lists_are_indented_so_far_and_no_further() -> None:
    lines = text_of("".join(f"<ul><li>{depth}" for depth in range(10))).text.split("\n")
    assert lines[:3] == ["- 0", "  - 1", "    - 2"]
    assert lines[-1] == "  " * MOST_DEPTH + "- 9"


@pytest.mark.parametrize(
    "attribute",
    [
        "hidden",
        'style="display:none"',
        'style="color: red; DISPLAY : none !important"',
        'style="visibility:hidden"',
        'style="font-size:0px"',
        'style="opacity: 0.0"',
        'style="mso-hide:all"',
    ],
)
def test_what_nobody_sees_was_not_said(attribute: str) -> None:
    markup = (
        f'<p>one<span {attribute}>no <b>never</b><a href="https://a.example">x</a></span> two<br {attribute}></p>three'
    )
    assert text_of(markup) == HtmlText(text="one two\nthree")


@pytest.mark.parametrize("style", ["display:block", "font-size:10px", "opacity:0.5", "font-size:medium", "none"])
def test_other_styles_hide_nothing(style: str) -> None:
    assert text_of(f'<p style="{style}">one</p>').text == "one"


def test_a_picture_that_teams_holds_is_counted_and_a_description_by_its_author_kept() -> None:
    held = "https://graph.microsoft.com/v1.0/chats/19:x/messages/1/hostedContents/2/$value"
    read = text_of(
        f'<p><img alt="image" src="{held}"><img src="{held}" alt="the red lamp"><img src="x" alt="image"></p>'
    )
    assert (read.images, read.text) == (2, "the red lampimage")


def test_a_line_break_by_entity_does_not_leave_its_quote() -> None:
    assert text_of("<blockquote>a&#x2028;b</blockquote>").text == "> a b"
    assert text_of("<blockquote><pre>a&#x2028;b</pre></blockquote>").text == "> ```\n> a\n> b\n> ```"


def test_quotes_beyond_the_third_look_like_the_third() -> None:
    assert text_of("<blockquote>" * 5_000 + "x").text == "> > > x"


@pytest.mark.parametrize(
    "markup",
    [
        "<b>" * 200_000 + "</i>" * 100_000,
        "<x " + "".join(f"a{n} " for n in range(140_000)) + ">",
        "<p>" * 330_000,
        "<blockquote>a" * 70_000,
        "<li>" * 250_000,
        "<td>x" * 200_000,
        '<a href="https://a.example">' * 30_000,
        "<!--" * 250_000,
        "<" * 1_000_000,
        "&" * 1_000_000,
        "<span>" * (MOST_TAGS // 2) + "</p>" * (MOST_TAGS // 2),
        "<ul><li>" * 100_000,
        "<b " + "style='display:none;'" * 45_000 + ">x",
        '<!DOCTYPE p [<!ENTITY a "aaaaaaaa">' + '<!ENTITY b "&a;&a;&a;&a;">' * 30_000 + "]><p>&b;",
        "<p>" + "\u200b\u202e" * 450_000,
    ],
    ids=range(15),
)
def test_a_hostile_megabyte_is_read_and_gives_no_more_than_it_holds(markup: str) -> None:
    assert len(text_of(markup).text) <= 2 * len(markup)


def test_markup_beyond_the_limit_is_left_out() -> None:
    assert text_of("<b>a</b>" * MOST_TAGS).text == "a" * (MOST_TAGS // 2)


TAGS = [
    "p",
    "div",
    "ul",
    "ol",
    "li",
    "table",
    "tr",
    "td",
    "pre",
    "code",
    "codeblock",
    "blockquote",
    "a",
    "at",
    "script",
]
MARKUP = st.lists(
    st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS] + ["<br>", " ", "\n", "&nbsp;", "```"])
    | st.text(max_size=5),
    max_size=30,
).map("".join)


@given(MARKUP)
def test_text_is_clean_whatever_the_markup(markup: str) -> None:
    text = text_of(markup).text
    text.encode()
    assert not any(c < " " and c not in "\n\t" for c in text)
    assert not text.startswith("\n")
    assert not text.endswith("\n")
    fence = "```" in markup
    for line in text.split("\n"):
        outside_code = not fence and "```" not in text
        assert not outside_code or line == line.rstrip(" ")
