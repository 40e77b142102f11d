"""The demo's page in a browser: seen, pressed, asked, in each theme and by keyboard."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, async_playwright
from playwright.async_api import Page as Tab

from local.page.server import HERE, LIBRARIES, Page
from tests.e2e.conftest import Company

CHROMIUM = shutil.which("chromium")
SAFE = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
QUESTION = "How do I reset the badge printer on the second floor? It says error E-17."
ANSWER = "Hold the green button at the back for ten seconds until the light turns amber, then reload the ribbon."
AGAIN = "The badge printer on the second floor shows error E-17 again. How do I reset it?"
THEMES = ("default", "dark", "contrast")

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here (make browser installs it)"),
    pytest.mark.skipif(
        not all((HERE / "node_modules" / name / "dist").is_dir() for name in LIBRARIES),
        reason="local/page/node_modules is not there (make demo or make test installs it)",
    ),
    pytest.mark.timeout(90),
]

CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf8")
UNNAMED = """() => [...document.querySelectorAll("button, select, textarea, input, a[href]")]
  .filter((one) => one.checkVisibility() && !(one.getAttribute("aria-label") || one.innerText?.trim()
    || one.labels?.length || one.getAttribute("aria-labelledby") || one.title)).map((one) => one.outerHTML)"""
MISFITS = """() => [...document.querySelectorAll("body *")].filter((one) => one.checkVisibility()
  && !one.closest(".hidden, .skip, option, .top h1, .controls label span")
  && one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML.slice(0, 120))"""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=SAFE)
        yield browser
        await browser.close()


@pytest.fixture
async def page(company: Company) -> AsyncIterator[Page]:
    """The page of a company in which one question was answered, and asked again."""
    question = await company.ask(f"<p>{QUESTION}</p>")
    await company.reply(question, f"<p>{ANSWER}</p>")
    await company.later(minutes=15)
    await company.ask(f"<p>{AGAIN}</p>", company.cleo)
    page = Page(company.stage)
    await page.start()
    yield page
    await page.stop()


@pytest.fixture
async def tab(browser: Browser, page: Page) -> AsyncIterator[Tab]:
    """A tab on the page as Ann Lee, who curates; fails when the browser complains about anything."""
    tab = await browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light", reduced_motion="reduce")
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    tab.on("console", note)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.set_default_timeout(8_000)
    await tab.goto(page.url)
    await tab.get_by_label("You are").select_option(label="Ann Lee")
    await tab.get_by_role("heading", name="Help").wait_for()
    yield tab
    await tab.close()
    assert complaints == []


async def test_somebody_sees_presses_and_asks_by_keyboard(tab: Tab) -> None:
    card = tab.locator(".thread", has_text=AGAIN).locator(".card")
    assert ANSWER in await card.inner_text()
    await _verify_by_keyboard(tab)
    await tab.get_by_label("You are").select_option(label="Bob Ray")
    await tab.get_by_role("button", name="Help", exact=True).click()
    helped = card.get_by_role("button", name="This helped")
    await helped.focus()
    await tab.keyboard.press("Enter")
    await tab.locator("#panel", has_text="helped 1").wait_for()
    await tab.get_by_label("Write a message").fill(QUESTION.replace("reset", "restart"))
    await tab.keyboard.press("Enter")
    asked = tab.locator(".thread", has_text="restart").locator(".card", has_text=ANSWER)
    await asked.wait_for()
    assert "Ann Lee" in await asked.inner_text()
    await tab.get_by_role("tab", name="Answers").focus()
    await tab.keyboard.press("End")
    await tab.locator("#panel", has_text="Ann Lee checked the answer to").wait_for()


async def _verify_by_keyboard(tab: Tab) -> None:
    await tab.get_by_role("button", name="Cairn, to Ann Lee").focus()
    await tab.keyboard.press("Enter")
    verify = tab.locator(".card").get_by_role("button", name="Verify")
    await verify.focus()
    await tab.keyboard.press("Enter")
    await tab.locator(".trust.verified", has_text="Checked by Ann Lee").wait_for()
    await verify.wait_for(state="detached")


async def test_what_did_not_help_counts_and_time_passes(tab: Tab) -> None:
    await tab.locator(".thread", has_text=AGAIN).get_by_role("button", name="Not this").press("Enter")
    await tab.locator("#panel", has_text="did not help 1").wait_for()
    await tab.get_by_role("button", name="A day later").press("Enter")
    await tab.locator("#clock", has_text="Tue 3 Mar").wait_for()


async def test_while_the_story_plays_visitors_watch_and_are_told_to_wait(tab: Tab, page: Page) -> None:
    page.progress.done, page.progress.total, page.progress.why = 3, 9, "Somebody asks again, in other words"
    await tab.locator("#why", has_text="Somebody asks again, in other words").wait_for()
    assert await tab.get_by_role("progressbar").get_attribute("value") == "3"
    assert await tab.get_by_label("Write a message").is_disabled()
    await tab.locator(".card").get_by_role("button", name="This helped").press("Enter")
    await tab.get_by_role("status").get_by_text("Please wait until the story has been played.").wait_for()


async def test_a_card_mentions_whom_it_asks(tab: Tab, company: Company, page: Page) -> None:
    await company.ask("<p>Which ribbon does the badge printer on the second floor take? The shop has two.</p>")
    await company.later(hours=3)
    page.progress.version += 1
    await tab.get_by_label("You are").select_option(label="Bob Ray")
    await tab.get_by_role("button", name="Ask Cleo").press("Enter")
    await tab.locator(".card at", has_text="Cleo Fox").wait_for()
    assert "<at>" not in await tab.locator("#conversation").inner_text()


async def test_an_answer_leads_to_where_it_was_said(tab: Tab) -> None:
    await tab.locator("#panel").get_by_role("button", name="Cleo Fox").press("Enter")
    await tab.locator(".message.found", has_text=ANSWER).wait_for()
    assert await tab.evaluate("document.activeElement.innerText.includes('Cleo Fox')")


@pytest.mark.parametrize("theme", THEMES)
async def test_every_text_can_be_read_and_every_control_has_a_name(tab: Tab, theme: str) -> None:
    await tab.get_by_label("Theme").select_option(theme)
    await tab.locator(f"[data-theme={theme}] .card").first.wait_for()
    assert await tab.evaluate("getComputedStyle(document.documentElement).colorScheme") == (
        "light" if theme == "default" else "dark"
    )
    for name in ("Answers", "People", "What happened"):
        await tab.get_by_role("tab", name=name).click()
        assert await tab.evaluate(CONTRAST) == []
        assert await tab.evaluate(UNNAMED) == []


async def test_a_narrow_window_shows_one_thing_at_a_time(tab: Tab) -> None:
    await tab.set_viewport_size({"width": 400, "height": 800})
    for name, shown in (("Places", "#places"), ("Cairn knows", "#panel"), ("Conversation", "#conversation")):
        await tab.get_by_role("button", name=name).press("Enter")
        assert [await tab.locator(pane).is_visible() for pane in ("#places", "#conversation", "#panel")] == [
            pane == shown for pane in ("#places", "#conversation", "#panel")
        ]
        assert await tab.evaluate(MISFITS) == []


async def test_what_people_write_never_becomes_a_script(tab: Tab, company: Company, page: Page) -> None:
    await company.ask(
        '<p>Look <img src="x" onerror="document.title=1"><a href="javascript:document.title=2">here</a></p>'
    )
    page.progress.version += 1
    said = tab.locator(".thread", has_text="Look").locator(".said")
    await said.wait_for()
    assert await said.inner_html() == '<p>Look <a target="_blank" rel="noopener noreferrer">here</a></p>'
    assert await tab.title() == "Cairn at work"


async def test_no_id_is_ever_on_screen(tab: Tab, company: Company) -> None:
    text = ""
    for name in ("Answers", "People", "What happened"):
        await tab.get_by_role("tab", name=name).click()
        text += await tab.locator("body").inner_text()
    for identifier in (company.ann, company.channel, company.team, "@thread", "undefined", "[object", "null"):
        assert identifier not in text
