"""The auditor's report in a real browser: seen, switched, walked through by keyboard, narrow, dark and on paper.

Where there is no browser nothing of this can be looked at; `.ci/run` installs one, and there its absence is a failure.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Browser, found
from tests.proposals import write
from tests.support import run

PROGRAM = found()
pytestmark = pytest.mark.skipif(
    PROGRAM is None and not os.environ.get("CI"), reason="there is no Chromium here; `make browser` installs one"
)

TAB, ENTER = ("Tab", 9), ("Enter", 13, "\r")
VISIBLE = """[...document.querySelectorAll("h2")].filter(each => each.offsetParent).map(each => each.innerText)"""
# The contrast of each text with what lies behind it (WCAG 2.2, 1.4.3), the worst first: [ratio, text, class].
CONTRAST = """(() => {
  const light = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(each => each / 255)
      .map(each => each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = node => {
    for (let at = node; at; at = at.parentElement) {
      const found = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$|transparent/.test(found)) { return found; }
    }
    return "rgb(255, 255, 255)";
  };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !node.checkVisibility() || node.closest("svg, script")) { continue; }
    const pair = [light(getComputedStyle(node).color), light(behind(node))].sort((a, b) => b - a);
    found.push([(pair[0] + 0.05) / (pair[1] + 0.05), walk.currentNode.data.trim().slice(0, 30), node.className]);
  }
  return found.sort((a, b) => a[0] - b[0]).slice(0, 5);
})()"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    write(folder / "store.db", 40)
    target = folder / "report.html"
    words = ("audit", "report", "--nonce", "spring", "-o", str(target))
    assert run("--db", f"sqlite:///{folder / 'store.db'}", *words).code == 0
    return target


@pytest.fixture
def browser() -> Iterator[Browser]:
    assert PROGRAM is not None, "CI has no Chromium: .ci/run installs it"
    with Browser(PROGRAM) as browser:
        yield browser


def colours(png: bytes) -> int:
    """How many different bytes a picture is made of: of an empty one, hardly any."""
    data = b"".join(
        png[match.end() : match.end() + int.from_bytes(png[match.start() - 4 : match.start()], "big")]
        for match in re.finditer(b"IDAT", png)
    )
    return len(set(zlib.decompress(data)))


def test_it_runs_under_its_own_policy_and_asks_for_nothing(browser: Browser, report: Path) -> None:
    browser.open(report)
    assert browser.value("document.documentElement.classList.contains('live')") is True
    assert browser.value("getComputedStyle(document.querySelector('h1')).fontWeight") == "600"
    assert browser.messages == []
    assert browser.requests == [report.as_uri()]
    assert colours(browser.screenshot()) > 20


def test_what_is_not_its_own_does_not_run(browser: Browser, report: Path, tmp_path: Path) -> None:
    html = report.read_text(encoding="utf-8")
    planted = tmp_path / "planted.html"
    attack = '<script>window.planted = 1</script><img src="https://localhost/x" onerror="window.planted = 2">'
    planted.write_text(html.replace("<footer>", f"<footer>{attack}"), encoding="utf-8")
    browser.open(planted)
    assert browser.value("typeof window.planted") == "undefined"
    assert len(browser.messages) >= 2
    assert all("Content Security Policy" in each for each in browser.messages)


def test_the_language_is_switched_by_keyboard(browser: Browser, report: Path) -> None:
    browser.open(report)
    english = browser.value(VISIBLE)
    assert english[:3] == ["CONTENTS", "Summary", "Verification"]
    browser.press(*TAB)
    assert browser.value("document.activeElement.className") == "skip"
    for expected in ("en", "zh"):
        browser.press(*TAB)
        assert browser.value("document.activeElement.getAttribute('data-lang')") == expected
    assert browser.value("getComputedStyle(document.activeElement).outlineStyle") != "none"
    browser.press(*ENTER)
    chinese = browser.value(VISIBLE)
    assert chinese[:3] == ["目录", "概要", "校验"]
    assert len(chinese) == len(english)
    assert browser.value("document.documentElement.lang") == "zh-Hans"
    pressed = "[...document.querySelectorAll('[data-lang]')].map(each => each.getAttribute('aria-pressed'))"
    assert browser.value(pressed) == ["false", "true"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_text_can_be_read(browser: Browser, report: Path, theme: str, lang: str) -> None:
    browser.open(report)
    browser.value(f"document.querySelector('[data-theme={theme}]').click()")
    browser.value(f"document.querySelector('[data-lang={lang}]').click()")
    browser.value("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert browser.value("getComputedStyle(document.documentElement).colorScheme") == theme
    worst = browser.value(CONTRAST)
    assert worst[0][0] >= 4.5, worst


def test_it_follows_the_appearance_of_the_system(browser: Browser, report: Path) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    browser.open(report)
    light = browser.value(paper)
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    dark = browser.value(paper)
    assert light != dark
    browser.value("document.querySelector('[data-theme=light]').click()")
    assert browser.value(paper) == light


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_it_fits_every_width(browser: Browser, report: Path, width: int) -> None:
    browser.open(report, width)
    browser.value("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value("document.querySelector('main').getBoundingClientRect().width") > min(width * 0.5, 800)


def test_on_paper_it_is_light_and_opens_everything(browser: Browser, report: Path) -> None:
    browser.open(report)
    browser.value("document.querySelector('[data-theme=dark]').click()")
    browser.call("Emulation.setEmulatedMedia", media="print")
    assert browser.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.value("getComputedStyle(document.querySelector('nav')).display") == "none"
    browser.value("window.dispatchEvent(new Event('beforeprint'))")
    assert browser.value("document.querySelectorAll('details:not([open])').length") == 0
    browser.value("window.dispatchEvent(new Event('afterprint'))")
    assert browser.value("document.querySelectorAll('details[open]').length") == 0


def test_a_link_to_a_case_opens_its_timeline(browser: Browser, report: Path) -> None:
    browser.open(report)
    browser.value("document.querySelector('#sample td a, #sample th a').click()")
    number = browser.value("decodeURIComponent(location.hash.slice(1))")
    assert number.startswith("case-")
    until = 200
    while not browser.value(f"document.getElementById('{number}').open") and until:
        until -= 1
    assert browser.value(f"document.getElementById('{number}').open") is True
    assert browser.value(f"document.getElementById('{number}').querySelectorAll('.timeline li').length") > 0


def test_assistive_technology_finds_its_way(browser: Browser, report: Path) -> None:
    browser.open(report)
    nodes: list[dict[str, Any]] = browser.call("Accessibility.getFullAXTree")["nodes"]
    shown = [each for each in nodes if not each.get("ignored")]
    roles = [each["role"]["value"] for each in shown]
    for role in ("banner", "navigation", "main", "contentinfo"):
        assert roles.count(role) == 1, role
    assert roles.count("region") >= 12
    assert roles.count("columnheader") > 30
    assert roles.count("rowheader") > 30
    buttons = [each["name"]["value"] for each in shown if each["role"]["value"] == "button"]
    assert sorted(buttons) == ["Dark", "English", "Light", "Print", "中文"]
    unnamed = [
        each for each in shown if each["role"]["value"] in ("link", "table", "region") and not each["name"]["value"]
    ]
    assert unnamed == []


def test_no_two_labels_of_the_drawing_lie_on_one_another(browser: Browser, report: Path) -> None:
    browser.open(report)
    boxes = """[...document.querySelectorAll('.flow rect')].filter(each => each.checkVisibility())
      .map(each => each.getBoundingClientRect()).map(each => [each.left, each.top, each.right, each.bottom])"""
    wider = """[...document.querySelectorAll('.flow text')].filter(each => each.checkVisibility())
      .map(each => each.getBoundingClientRect()).map(each => [each.left, each.top, each.right, each.bottom])"""
    for lang in ("en", "zh"):
        browser.value(f"document.querySelector('[data-lang={lang}]').click()")
        found = browser.value(boxes)
        assert len(found) > 20
        for at, (left, top, right, bottom) in enumerate(found):
            for x, y, far, low in found[at + 1 :]:
                assert right <= x + 1 or far <= left + 1 or bottom <= y + 1 or low <= top + 1
        for left, top, right, bottom in browser.value(wider):
            assert any(
                x - 6 <= left and right <= far + 6 and y - 4 <= top and bottom <= low + 4 for x, y, far, low in found
            )
