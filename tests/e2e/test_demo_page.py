"""The page in Chromium, as a visitor uses it: without an error, a breach of the policy or a nameless button."""

import shutil
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.async_api import Page as Tab
from playwright.async_api import async_playwright

from local.page.progress import Progress
from local.page.server import HERE, Page
from local.page.views import Spot, Step
from tests.e2e.conftest import Company
from tests.e2e.looking import CONTROLS_WITHOUT_A_NAME, HEADING_LEVELS, POOR_CONTRAST

CHROMIUM = shutil.which("chromium")
QUESTION = "How do I reset the badge printer on the second floor? It says error E-17."
ANSWER = "Hold the green button at the back for ten seconds until the light turns amber, then reload the ribbon."
AGAIN = "The badge printer on the second floor shows error E-17. How do I reset it?"
HOSTILE = (
    '<p style="position:fixed">Look <img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    '<a href="javascript:window.hacked=1">here</a> <at id="0">Ann Lee</at> <h1>Big</h1> '
    '<svg onload="window.hacked=1"/></p>'
)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's package chromium is not installed"),
    pytest.mark.skipif(
        not (HERE / "node_modules" / "adaptivecards").exists(), reason="`npm ci --prefix local/page` has not been run"
    ),
]


@pytest.fixture
def progress() -> Progress:
    return Progress()


@pytest.fixture
async def tab(company: Company, progress: Progress) -> AsyncIterator[Tab]:
    """The page of a company with one answered question, seen by Ann, who owns the team."""
    question = await company.ask(f"<p>{QUESTION}</p>")
    await company.reply(question, f"<p>{ANSWER}</p>")
    await company.later(minutes=15)
    page = Page(company.stage, progress=progress)
    await page.start()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        tab = await browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        faults: list[str] = []
        tab.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("request", lambda asked: None if asked.url.startswith(page.url) else faults.append(asked.url))
        await tab.goto(page.url)
        await tab.get_by_text(QUESTION).first.wait_for()
        yield tab
        await browser.close()
        assert faults == []
    await page.stop()


async def _become(tab: Tab, name: str) -> None:
    await tab.get_by_label("You are").select_option(label=f"{name}, IT")


async def test_a_curator_checks_an_answer_by_keyboard(tab: Tab) -> None:
    await tab.locator(".place", has_text="with you").focus()
    await tab.keyboard.press("Enter")
    verify = tab.get_by_role("button", name="Verify")
    await verify.focus()
    await tab.keyboard.press("Enter")
    await tab.get_by_text("A checked answer").wait_for()
    await tab.get_by_text("Checked by Ann Lee on 2 March", exact=True).wait_for()
    assert await tab.locator("#announcements").inner_text() == "Cairn updated the card."
    assert await tab.evaluate("document.activeElement.dataset.message !== undefined")


async def test_a_visitor_asks_again_is_answered_and_says_that_it_helped(tab: Tab) -> None:
    await _become(tab, "Cleo Fox")
    box = tab.get_by_label("Write to Help as Cleo Fox")
    await box.fill(AGAIN)
    await box.press("Enter")
    card = tab.locator(".card", has_text="Answered before")
    await card.wait_for()
    assert ANSWER in await card.inner_text()
    assert await box.input_value() == ""
    await card.get_by_role("button", name="This helped").click()
    await card.get_by_text("Helped 1 person.").wait_for()
    await tab.locator(".outcome", has_text="Helped 1").wait_for()
    before = await tab.locator("#now").inner_text()
    await tab.get_by_role("button", name="3 hours").click()
    await tab.wait_for_function("before => document.querySelector('#now').textContent !== before", arg=before)


async def test_what_is_half_written_outlives_what_happens_meanwhile(
    tab: Tab, company: Company, progress: Progress
) -> None:
    await tab.locator(".place", has_text="with you").click()
    await tab.get_by_role("button", name="Edit").click()
    field = tab.locator(".card textarea").first
    await field.fill("Half a sentence")
    await company.stage.tenant.say(company.ann, None, "Good morning")
    await company.stage.settle()
    progress.version += 1
    await tab.locator(".words", has_text="Good morning").wait_for()
    assert await field.input_value() == "Half a sentence"
    assert await field.evaluate("field => field.isConnected")


async def test_each_theme_is_readable(tab: Tab, company: Company) -> None:
    await company.ask(f"<p>{AGAIN}</p>")
    await company.stage.tenant.react(
        company.channel, company.stage.tenant.messages(company.channel)[-1].id, company.ann
    )
    for theme in ("light", "dark", "contrast", ""):
        await tab.get_by_label("Theme").select_option(theme)
        for place in ("Help", "with you"):
            await tab.locator(".place", has_text=place).first.click()
            await tab.locator(".card").first.wait_for()
            for name in ("Answers", "People", "What happened"):
                await tab.get_by_role("tab", name=name).click()
                assert await tab.evaluate(POOR_CONTRAST) == [], (theme, place, name)
    await tab.emulate_media(color_scheme="dark")
    background = "getComputedStyle(document.querySelector('.talk-head')).backgroundColor"
    assert await tab.evaluate(background) == "rgb(41, 41, 41)"
    assert await tab.evaluate(POOR_CONTRAST) == []


async def test_everything_has_a_name_and_its_place_and_nothing_shows_an_id(tab: Tab, company: Company) -> None:
    assert await tab.evaluate(CONTROLS_WITHOUT_A_NAME) == []
    levels = await tab.evaluate(HEADING_LEVELS)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    for landmark in ("banner", "navigation", "main", "complementary"):
        assert await tab.get_by_role(landmark).count() == 1, landmark
    twice = "[...document.querySelectorAll('[id]')].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i)"
    assert await tab.evaluate(twice) == []
    assert await tab.locator("[tabindex]:not([tabindex='0'], [tabindex='-1'])").count() == 0
    for name in ("Answers", "People", "What happened"):
        await tab.get_by_role("tab", name=name).click()
        text = await tab.locator("body").inner_text()
        for hidden in ("19:", "a:1", company.ann, company.stage.tenant.id, "{", "undefined", "null", "NaN"):
            assert hidden not in text, (name, hidden)


async def test_the_tabs_are_worked_by_arrow_keys_and_a_source_leads_to_where_it_was_said(tab: Tab) -> None:
    await tab.get_by_role("tab", name="Answers").focus()
    await tab.keyboard.press("ArrowRight")
    assert await tab.get_by_role("tab", name="People").get_attribute("aria-selected") == "true"
    await tab.get_by_role("tabpanel").get_by_text("Cleo Fox").wait_for()
    await tab.keyboard.press("ArrowRight")
    await tab.get_by_role("tabpanel").get_by_text("Cairn kept the answer").wait_for()
    await tab.get_by_label("As Ann sees it").check()
    await tab.get_by_text("From the channels and chats that Ann Lee is in.").wait_for()
    await tab.get_by_role("tab", name="Answers").click()
    await tab.locator(".place", has_text="with you").click()
    await tab.locator(".way").get_by_role("button", name="Cleo Fox").click()
    await tab.locator("[data-message]:focus", has_text=ANSWER).wait_for()


async def test_markup_in_a_message_does_nothing(tab: Tab, company: Company, progress: Progress) -> None:
    await company.ask(HOSTILE)
    progress.version += 1
    words = tab.locator(".words", has_text="Look")
    await words.wait_for()
    assert await words.inner_html() == (
        '<p>Look <a target="_blank" rel="noopener noreferrer">here</a> <span class="mention">Ann Lee</span> </p>'
        "<p><strong>Big</strong></p> "
    )
    assert await tab.evaluate("window.hacked === undefined")


async def test_a_card_names_whom_it_asks(tab: Tab, company: Company, progress: Progress) -> None:
    await company.ask("<p>The badge printer on the first floor prints blank badges. What can I do?</p>")
    await company.later(hours=3)
    progress.version += 1
    await _become(tab, "Bob Ray")
    await tab.get_by_role("button", name="Ask Cleo").click()
    await tab.locator(".card .mention", has_text="Cleo Fox").wait_for()


async def test_the_story_is_watched_while_it_is_told_and_walked_through_after(
    tab: Tab, company: Company, progress: Progress
) -> None:
    progress.total, progress.why, progress.version = 2, "Ann is on the telephone", progress.version + 1
    await tab.get_by_text("Ann is on the telephone").wait_for()
    assert await tab.locator("#bar").is_visible()
    assert await tab.locator("#text").is_disabled()
    asked = next(m for m in company.stage.tenant.messages(company.channel) if QUESTION in m.content)
    spot = Spot(place=company.channel, message=asked.id)
    progress.story = (
        Step(at=asked.created, why="Bob asks first", who=company.bob, spot=spot),
        Step(at=asked.created, why="Ann gives up", who=company.ann, spot=spot),
    )
    progress.done, progress.version = 2, progress.version + 1
    await tab.get_by_role("button", name="Walk through the story").click()
    await tab.get_by_text("Bob asks first").wait_for()
    await tab.locator("[data-message].pointed-at", has_text=QUESTION).wait_for()
    assert await tab.get_by_label("You are").input_value() == company.bob
    await tab.keyboard.press("Enter")
    await tab.get_by_text("Ann gives up").wait_for()
    assert await tab.get_by_role("button", name="Step on").is_disabled()
    assert await tab.locator("#text").is_enabled()


async def test_a_place_of_others_says_who_sees_it_and_no_more(tab: Tab, company: Company) -> None:
    await _become(tab, "Bob Ray")
    await tab.locator(".place", has_text="Ann Lee").click()
    await tab.get_by_text("Bob Ray can’t see this.").wait_for()
    assert not await tab.locator("#composer").is_visible()
    await tab.locator(".choices").get_by_role("button", name="Ann Lee").click()
    await tab.get_by_role("button", name="Verify").wait_for()


async def test_on_a_narrow_screen_one_column_is_shown_at_a_time(tab: Tab) -> None:
    await tab.set_viewport_size({"width": 400, "height": 800})
    columns: dict[str, Any] = {"Places": ".places", "Conversation": ".talk", "What Cairn knows": ".known"}
    for name in columns:
        await tab.locator(".panes").get_by_role("button", name=name).click()
        shown = [other for other, column in columns.items() if await tab.locator(column).is_visible()]
        assert shown == [name]
        assert await tab.evaluate("document.documentElement.scrollWidth") <= 400
