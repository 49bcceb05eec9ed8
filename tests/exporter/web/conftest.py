"""One Chromium for all tests of a process, in a loop of its own thread."""

import asyncio
import shutil
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # other systems of CI run the tests beside it without playwright
    from playwright.async_api import Browser

Browse = Callable[[Callable[["Browser"], Coroutine[Any, Any, None]]], None]

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browse() -> Iterator[Browse]:
    """Return a function that runs a coroutine with the browser, in the browser's event loop.

    Not playwright's synchronous API: while that is open, no test of its thread can run a loop.
    """
    if _CHROMIUM is None:
        pytest.skip("chromium (Debian: chromium) is not installed")
    from playwright.async_api import async_playwright  # noqa: PLC0415 - not everywhere there

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="browser", daemon=True)
    thread.start()

    def wait(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, 60), loop).result()

    async def start() -> tuple[Any, "Browser"]:
        manager = async_playwright()
        playwright = await manager.__aenter__()
        # Without Chromium's sandbox: tests may run as root, and load nothing but our page.
        browser = await playwright.chromium.launch(
            executable_path=_CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        return manager, browser

    async def end(manager: Any, browser: "Browser") -> None:
        await browser.close()
        await manager.__aexit__(None, None, None)
        await loop.shutdown_default_executor()

    manager, browser = wait(start())
    try:
        yield lambda work: wait(work(browser))
    finally:
        wait(end(manager, browser))
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
