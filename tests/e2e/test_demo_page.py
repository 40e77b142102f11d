"""The page in Chromium: read, pressed by keyboard, asked, in every theme, without an error or a nameless button."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page as Tab
from playwright.async_api import async_playwright

from local.page.server import HERE, Page
from tests.e2e.conftest import Company

CHROMIUM = shutil.which("chromium")
QUESTION = "How do I reset the badge printer on the second floor? It says error E-17."
ANSWER = "Hold the green button at the back for ten seconds until the light turns amber, then reload the ribbon."
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's package chromium is not installed"),
    pytest.mark.skipif(not (HERE / "node_modules").exists(), reason="`npm ci --prefix local/page` has not been run"),
]

# WCAG 2.2, contrast ratio of an element's colour to the nearest background that is not transparent.
CONTRAST = """element => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const channel = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  let behind = element;
  while (behind && (rgb(getComputedStyle(behind).backgroundColor)[3] ?? 1) === 0) behind = behind.parentElement;
  const back = behind ? rgb(getComputedStyle(behind).backgroundColor) : [255, 255, 255];
  const [high, low] = [light(rgb(getComputedStyle(element).color)), light(back)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}"""


@pytest.fixture
async def tab(company: Company) -> AsyncIterator[Tab]:
    question = await company.ask(f"<p>{QUESTION}</p>")
    await company.reply(question, f"<p>{ANSWER}</p>")
    await company.later(minutes=15)
    page = Page(company.stage)
    await page.start()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        tab = await browser.new_page(viewport={"width": 1280, "height": 800})
        faults: list[str] = []
        tab.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: faults.append(str(error)))
        await tab.goto(page.url)
        await tab.select_option("#viewer", label="Ann Lee, IT")
        yield tab
        assert faults == []
        await browser.close()
    await page.stop()


async def test_a_curator_verifies_by_keyboard(tab: Tab) -> None:
    await tab.get_by_role("button", name="Cairn Your own chat with Cairn").click()
    verify = tab.get_by_role("button", name="Verify")
    await verify.focus()
    await tab.keyboard.press("Enter")
    await tab.get_by_text("A checked answer").wait_for()
    await tab.get_by_text("Checked: checked by Ann Lee").wait_for()


async def test_a_visitor_asks_again_and_is_answered(tab: Tab) -> None:
    await tab.select_option("#viewer", label="Cleo Fox, IT")
    await tab.get_by_label("Write a message").fill(
        "The badge printer on the second floor shows error E-17. How do I reset it?"
    )
    await tab.get_by_role("button", name="Send").click()
    card = tab.locator(".card", has_text="Answered before")
    await card.wait_for()
    assert ANSWER in await card.inner_text()
    await card.get_by_role("button", name="This helped").first.click()
    await tab.get_by_text("helped 1").first.wait_for()


async def test_each_theme_is_readable_and_every_control_has_a_name(tab: Tab) -> None:
    for theme in ("default", "dark", "contrast"):
        await tab.select_option("#theme", theme)
        await tab.locator(f'html[data-theme="{theme}"]').wait_for()
        for selector in (".said", ".meta time", ".answer h3", ".small", ".trust", ".places small", "#place-kind"):
            for element in (await tab.locator(selector).all())[:3]:
                assert await element.evaluate(CONTRAST) >= 4.5, (theme, selector)
    for control in await tab.locator("button:visible, select:visible, textarea:visible").all():
        name = await control.evaluate("e => e.ariaLabel || e.labels?.[0]?.textContent || e.textContent || e.title")
        assert name.strip()


async def test_the_tabs_are_worked_by_arrow_keys(tab: Tab) -> None:
    await tab.get_by_role("tab", name="Answers").focus()
    await tab.keyboard.press("ArrowRight")
    assert await tab.get_by_role("tab", name="People").get_attribute("aria-selected") == "true"
    await tab.get_by_role("tabpanel").get_by_text("Cleo Fox").wait_for()
    await tab.keyboard.press("ArrowRight")
    await tab.get_by_role("tabpanel").get_by_text("drafted an answer").wait_for()


async def test_on_a_narrow_screen_one_column_is_shown_at_a_time(tab: Tab) -> None:
    await tab.set_viewport_size({"width": 400, "height": 800})
    assert await tab.locator(".talk").is_visible()
    assert not await tab.locator(".knowledge").is_visible()
    await tab.get_by_role("button", name="What Cairn knows").click()
    assert await tab.locator(".knowledge").is_visible()
    assert await tab.evaluate("document.documentElement.scrollWidth") <= 400


async def test_no_id_and_no_raw_json_is_on_the_page(tab: Tab, company: Company, tmp_path: Path) -> None:
    for name in ("Answers", "People", "What happened"):
        await tab.get_by_role("tab", name=name).click()
        text = await tab.locator("body").inner_text()
        assert "19:" not in text
        assert company.ann not in text
        assert "{" not in text
