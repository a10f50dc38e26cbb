"""The page in a real browser, while a real server answers, and while it does not."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from eir.lists.names import ListName
from tests.harness import COMMAND, MME, PATIENCE, PEER, Node, load_list, write_config

CHROMIUM = "/usr/bin/chromium"
QUIET = (  # it asks nobody but us
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
WAIT = PATIENCE * 1000  # milliseconds
KNOWN = "0123456789abcdef0123456789abcdef"  # the token
LISTED = "35609101685355"
LONG = "".join(
    f'[[diameter.peer]]\norigin_host = "a-node-with-a-very-long-name-{number}.{MME}"\n'
    for number in range(3)
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@contextmanager
def guarded(directory: Path, text: str = PEER) -> Iterator[Node]:
    """Serve with one list, and let those look who know the token."""
    load_list(directory, ListName.PROHIBITED, LISTED)
    token, config = directory / "token", write_config(directory, text)
    token.touch(mode=0o600)
    token.write_text(f"{KNOWN}\n")
    config.write_text(config.read_text().replace("[admin]", f'[admin]\ntoken_file = "{token}"'))
    node = Node(config)
    try:
        node.wait_for("ready")
        yield node
    finally:
        if node.process.poll() is None:
            node.stop()
        node.wait()


class Look:
    """A tab that looks at a node, what it asked for, and what went wrong in it."""

    def __init__(self, browser: Browser, node: Node, *, width: int = 1280) -> None:
        self.url = "http://{}:{}/".format(*node.address("admin"))
        self._context = browser.new_context(
            viewport={"width": width, "height": 800},
            http_credentials={"username": "noc", "password": KNOWN},
        )
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(WAIT)
        self.wrong: list[str] = []
        self.asked: set[str] = set()
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on(
            "console",
            lambda said: self.wrong.append(said.text) if said.type == "error" else None,
        )
        self.page.on("request", lambda request: self.asked.add(request.url))
        self.page.goto(self.url)

    def close(self) -> None:
        self._context.close()

    def part(self, name: str) -> Locator:
        """Find a section by its title, as a screen reader does."""
        return self.page.get_by_role("region", name=name, exact=True)

    def says(self, state: str) -> None:
        """Wait until the page says that the node is so."""
        heading = self.page.get_by_role("heading", level=1)
        expect(heading).to_have_text(state, timeout=WAIT)

    def tells(self, part: Locator, text: str) -> None:
        """Wait until a part of the page has a text."""
        expect(part).to_contain_text(text, timeout=WAIT)


@contextmanager
def look(browser: Browser, node: Node, *, width: int = 1280) -> Iterator[Look]:
    found = Look(browser, node, width=width)
    try:
        yield found
    finally:
        found.close()


def eir_override(node: Node, *arguments: str) -> None:
    command = [*COMMAND, "--config", str(node.config), "override", *arguments, "--reason", "drill"]
    subprocess.run(command, check=True, capture_output=True)


def test_the_page_follows_the_node_and_says_so_when_it_is_gone(
    browser: Browser, tmp_path: Path
) -> None:
    with guarded(tmp_path) as node, look(browser, node) as tab:
        tab.says("Down")
        tab.tells(tab.part("Peers").get_by_role("row", name=MME), "DOWN")
        tab.tells(tab.part("Lists"), "prohibited")
        with node.connect() as mme:
            mme.open()
            tab.says("Fine")
            tab.tells(tab.part("Peers").get_by_role("row", name=MME), "R_OPEN")
            for number in range(20):
                mme.check(LISTED, number=number)
            tab.tells(tab.part("Interfaces"), "prohibited 100 %")
            tab.page.get_by_label("24 hours").check()
            tab.tells(tab.part("Interfaces"), "24 h ago")
            eir_override(node, "set", "permitted")
            tab.says("Degraded")
            tab.tells(tab.page.locator("#glance"), "the override")
            tab.tells(tab.part("Alarms"), "drill")
            eir_override(node, "clear")
            tab.says("Fine")
        tab.says("Down")
        assert tab.wrong == []
        assert {url for url in tab.asked if not url.startswith(tab.url)} == set()
        node.stop()
        tab.says("No answer")
        tab.tells(tab.page.locator("#reasons"), "What is below is from")
        assert tab.page.title().startswith("? No answer")


def test_a_telephone_shows_all_of_it_without_scrolling_to_the_side(
    browser: Browser, tmp_path: Path
) -> None:
    with guarded(tmp_path, LONG) as node, look(browser, node, width=360) as tab:
        tab.tells(tab.part("Peers"), "a-node-with-a-very-long-name-2")
        assert tab.page.evaluate("document.documentElement.scrollWidth") == 360
        tab.page.keyboard.press("Tab")
        assert tab.page.evaluate("document.activeElement.name") == "span"
        tab.page.keyboard.press("ArrowRight")
        tab.tells(tab.part("Interfaces"), "24 h ago")


def test_who_does_not_know_the_token_sees_nothing(browser: Browser, tmp_path: Path) -> None:
    with guarded(tmp_path) as node:
        status, text = node.page("/api/status")
        assert (status, MME in text) == (401, False)
        assert node.page("/readyz") == (200, "ready\n")
        stranger = browser.new_context()
        answer = stranger.new_page().request.get("http://{}:{}/".format(*node.address("admin")))
        assert answer.status == 401
        stranger.close()
