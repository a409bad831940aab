"""Look at the retail dashboard as people do: log in with a browser, wait for every chart, take a picture.

    python look.py --url http://127.0.0.1:8088 --password-file FILE [--screenshot retail.png]

Needs selenium and Chromium with its driver. Ends with status 1 and the page's words if a chart shows an error.
"""

import argparse
import sys
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

CHARTS = 8
_LOADING = ".loading, [data-test='loading-indicator'], .chart-container .ant-spin"
_DRAWN = ".chart-container canvas, .chart-container .header-line, .chart-container table tbody tr"
_ERRORS = "[role='alert'], .chart-container .error"


def browser(driver: str) -> webdriver.Chrome:
    """A headless Chromium as wide as a desktop."""
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1500,1250", "--hide-scrollbars"):
        options.add_argument(argument)
    return webdriver.Chrome(options=options, service=Service(driver))


def log_in(page: webdriver.Chrome, url: str, user: str, password: str, seconds: float) -> None:
    """Fill in the form and wait until it has been accepted."""
    page.get(f"{url}/login/")
    WebDriverWait(page, seconds).until(lambda p: p.find_elements(By.CSS_SELECTOR, "input[type=password]"))
    page.find_element(By.CSS_SELECTOR, "input[name=username], #username").send_keys(user)
    field = page.find_element(By.CSS_SELECTOR, "input[type=password]")
    field.send_keys(password)
    field.submit()
    WebDriverWait(page, seconds).until(lambda p: "/login" not in p.current_url)


def drawn(page: webdriver.Chrome) -> set[str]:
    """The charts that show something, by their names."""
    names = set()
    for holder in page.find_elements(By.CSS_SELECTOR, "[data-test='dashboard-component-chart-holder']"):
        if holder.find_elements(By.CSS_SELECTOR, _DRAWN) and not holder.find_elements(By.CSS_SELECTOR, _LOADING):
            titles = holder.find_elements(By.CSS_SELECTOR, "[data-test='editable-title'], .header-title")
            names.add(titles[0].text.strip() if titles else holder.text.strip()[:40])
    return names


def stand_still(page: webdriver.Chrome, seconds: float) -> None:
    """Wait until two pictures in a row are the same: a chart that is drawn still grows into its place."""
    pictures = [b"", page.get_screenshot_as_png()]

    def same(_: webdriver.Chrome) -> bool:
        pictures[:] = [pictures[1], page.get_screenshot_as_png()]
        return pictures[0] == pictures[1]

    WebDriverWait(page, seconds, poll_frequency=0.5).until(same, "the page never stands still")


def main() -> int:
    """Exit status 0 if all charts are drawn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password-file", required=True, type=Path)
    parser.add_argument("--screenshot", type=Path)
    parser.add_argument("--timeout", type=float, default=180)
    parser.add_argument("--driver", default="/usr/bin/chromedriver")
    given = parser.parse_args()
    page = browser(given.driver)
    try:
        log_in(page, given.url, given.user, given.password_file.read_text().strip(), given.timeout)
        page.get(f"{given.url}/superset/dashboard/retail/?standalone=1")
        WebDriverWait(page, given.timeout, poll_frequency=1).until(
            lambda p: len(drawn(p)) >= CHARTS or p.find_elements(By.CSS_SELECTOR, _ERRORS)
        )
        stand_still(page, given.timeout)
        errors = [element.text for element in page.find_elements(By.CSS_SELECTOR, _ERRORS) if element.text]
    finally:
        if given.screenshot:
            page.save_screenshot(str(given.screenshot))
        seen = sorted(drawn(page))
        page.quit()
    sys.stdout.write(f"{len(seen)} charts: {', '.join(seen)}\n")
    for error in errors:
        sys.stderr.write(f"error on the page: {error}\n")
    return 0 if len(seen) >= CHARTS and not errors else 1


if __name__ == "__main__":
    sys.exit(main())
