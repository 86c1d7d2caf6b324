"""A browser driven over plain HTTP (W3C WebDriver), to look at pages as readers do."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
_START_SECONDS, _CALL_SECONDS = 30.0, 120.0


def is_installed() -> bool:
    """Whether there is a browser to drive."""
    return CHROMIUM.exists() and DRIVER.exists()


class Browser:
    """One session.

    Args:
        profile: A fresh folder for what the browser keeps.
    """

    def __init__(self, profile: Path) -> None:
        self._profile = profile
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]

    def __enter__(self) -> Self:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen([str(DRIVER), f"--port={self._port}"], **quiet)
        try:
            self._wait()
            options = {"binary": str(CHROMIUM), "args": [*_ARGUMENTS, f"--user-data-dir={self._profile}"]}
            wanted = {
                "browserName": "chrome",
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
                "goog:chromeOptions": options,
            }
            session = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
            self._session = f"/session/{session['sessionId']}"
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._call("DELETE", self._session)
        finally:
            self._stop()

    def _stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def _wait(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while True:
            try:
                self._call("GET", "/status")
                return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{path}", data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=_CALL_SECONDS) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(error.read().decode()[:1500]) from None

    def command(self, name: str, **parameters: Any) -> Any:
        """A command of the DevTools protocol."""
        return self._call("POST", f"{self._session}/goog/cdp/execute", {"cmd": name, "params": parameters})

    def open(self, page: Path, width: int = 1280, *, dark: bool = False, scripts: bool = True) -> None:
        """Open a file at a width in CSS pixels; phones below 700."""
        self._call("POST", f"{self._session}/url", {"url": "about:blank"})
        self.logs("browser"), self.logs("performance")  # empties both of what came before
        self.command("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 700
        )
        self.colours("dark" if dark else "light")
        self._call("POST", f"{self._session}/url", {"url": page.absolute().as_uri()})

    def colours(self, scheme: str) -> None:
        """What the reader's system prefers: `light` or `dark`."""
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script returns."""
        return self._call("POST", f"{self._session}/execute/sync", {"script": script, "args": list(arguments)})

    def run_later(self, script: str, *arguments: Any) -> Any:
        """What a script hands to its last argument."""
        return self._call("POST", f"{self._session}/execute/async", {"script": script, "args": list(arguments)})

    def logs(self, kind: str) -> list[dict[str, Any]]:
        """What was logged since the last call: `browser` or `performance`."""
        found: list[dict[str, Any]] = self._call("POST", f"{self._session}/se/log", {"type": kind})
        return found

    def requests(self) -> list[str]:
        """Every address asked for since the page was opened."""
        messages = [json.loads(entry["message"])["message"] for entry in self.logs("performance")]
        sent = [own for own in messages if own["method"] == "Network.requestWillBeSent"]
        return [own["params"]["request"]["url"] for own in sent]

    def n_colours(self, name: str) -> int:
        """Different colours of an element on the screen, by its id."""
        box = self.run_later(_BRING_INTO_VIEW, name)
        shot = self.command("Page.captureScreenshot", format="png")
        return int(self.run_later(_COUNT_COLOURS, shot["data"], box))


_BRING_INTO_VIEW = """
const [name, done] = arguments, node = document.getElementById(name);
node.scrollIntoView({block: "center", behavior: "instant"});
// painted after the next frame, and seen after the one behind it
requestAnimationFrame(() => requestAnimationFrame(() => {
  const box = node.getBoundingClientRect();
  done([box.x, Math.max(box.y, 0), box.width, Math.min(box.height, innerHeight - Math.max(box.y, 0))]);
}));
"""

_COUNT_COLOURS = """
const [data, [x, y, width, height], done] = arguments, image = new Image();
image.onload = () => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(x, y, Math.min(width, image.width - x), height).data;
  done(new Set(new Uint32Array(pixels.buffer)).size);
};
image.src = "data:image/png;base64," + data;
"""
