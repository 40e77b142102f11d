"""What an author types becomes the HTML that Teams stores."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.scenarios.company import Person, PersonId
from local.scenarios.text import body

ANN = Person(id=PersonId("ann"), name="Ann O'Neil & Co", department="IT", job_title="Analyst", mail="ann@firm.example")
BOB = Person(id=PersonId("bob"), name="Bob Okri", department="IT", job_title="Lead", mail="bob@firm.example")
PEOPLE = {ANN.id: ANN, BOB.id: BOB}


class Tags(HTMLParser):
    """The tags and the text of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.hrefs: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.hrefs += [value or "" for name, value in attrs if name == "href"]


def test_paragraphs_and_lines_are_kept() -> None:
    assert body("one\ntwo\n\nthree", PEOPLE).html == "<p>one<br>\ntwo</p>\n<p>three</p>"


def test_lists_and_code_become_their_elements() -> None:
    html = body("- a\n- b\n\n1. c\n\nrun `x<y`:\n\n```bash\ncurl <there>\n```", PEOPLE).html
    assert "<ul>\n<li>a</li>\n<li>b</li>\n</ul>" in html
    assert "<ol>\n<li>c</li>\n</ol>" in html
    assert "<code>x&lt;y</code>" in html
    assert '<pre><code class="language-bash">curl &lt;there&gt;\n</code></pre>' in html


def test_links_become_anchors() -> None:
    html = body("<https://a.example/?b=1&c=2> or [here](https://d.example)", PEOPLE).html
    assert Tags(html).hrefs == ["https://a.example/?b=1&c=2", "https://d.example"]


def test_mentions_are_numbered_in_the_order_in_which_they_stand() -> None:
    text = body("@{bob}, ask @{ann}\n\n- or @{bob}", PEOPLE)
    assert [(mention.index, mention.person) for mention in text.mentions] == [(0, "bob"), (1, "ann"), (2, "bob")]
    assert '<at id="0">Bob Okri</at>, ask <at id="1">Ann O\'Neil &amp; Co</at>' in text.html
    assert '<at id="2">Bob Okri</at>' in text.html


def test_a_mention_inside_code_stays_text() -> None:
    text = body("`@{ann}`\n\n```\n@{nobody}\n```", PEOPLE)
    assert text.mentions == ()
    assert "<code>@{ann}</code>" in text.html


def test_a_mention_of_nobody_is_an_error() -> None:
    with pytest.raises(KeyError, match="zed"):
        body("hello @{zed}", PEOPLE)


def test_markup_that_people_do_not_mean_stays_text() -> None:
    assert body("2 * 3 * 4, a_b_c, # 5, **loud**", PEOPLE).html == "<p>2 * 3 * 4, a_b_c, # 5, **loud**</p>"


@given(st.text(alphabet=st.sampled_from("<>&\"'`-1. \n[]()@{}abc:/javscriptonerr=!"), max_size=80))
def test_whatever_is_typed_no_other_element_comes_out(written: str) -> None:
    try:
        html = body(written, PEOPLE).html
    except KeyError:
        return
    found = Tags(html)
    assert found.tags <= {"p", "br", "ul", "ol", "li", "pre", "code", "a", "at"}
    assert not any(href.startswith("javascript:") for href in found.hrefs)
