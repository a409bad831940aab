"""Stream Load's first hop: the frontend authenticates, redirects, and never reads a body."""

import requests


def test_frontend_redirects_to_the_backend(t):
    answer = t.redirect(f"/api/{t.database}/t/_stream_load?x=1")
    assert answer.status_code == 307
    location = answer.headers["Location"]
    assert location.endswith(f"/api/{t.database}/t/_stream_load?x=1")
    assert location.startswith("http://") and "@" not in location
    assert answer.headers["Connection"].lower() == "close"


def test_frontend_wants_credentials(t):
    answer = requests.put(f"{t.fe}/api/{t.database}/t/_stream_load", headers={"Expect": "100-continue"}, timeout=30)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm=""'
    assert answer.json()["msg"] == "Need auth information."
    answer = requests.put(
        f"{t.fe}/api/{t.database}/t/_stream_load", headers={"Expect": "100-continue"}, auth=("root", "no"), timeout=30
    )
    assert answer.status_code == 401
    assert answer.json()["message"].startswith("Access denied for root@")


def test_frontend_wants_expect(t):
    answer = t.http.put(f"{t.fe}/api/{t.database}/t/_stream_load", auth=t.auth, allow_redirects=False, timeout=30)
    assert answer.status_code == 200
    assert answer.json() == {
        "Status": "FAILED",
        "Message": "class com.starrocks.common.DdlException: There is no 100-continue header",
    }


def test_backend_wants_credentials_again(t):
    location = t.redirect(f"/api/{t.database}/t/_stream_load").headers["Location"]
    answer = requests.put(location, data=b"1", headers={"Expect": "100-continue"}, timeout=30)
    assert answer.status_code == 200
    assert (answer.json()["Status"], answer.json()["Message"]) == ("Fail", "no valid Basic authorization")


def test_plain_requests_loses_its_credentials_on_the_redirect(t):
    answer = requests.put(
        f"{t.fe}/api/{t.database}/t/_stream_load",
        data=b"1",
        headers={"Expect": "100-continue"},
        auth=t.auth,
        timeout=30,
    )
    assert answer.json()["Message"] == "no valid Basic authorization"


def test_health_needs_no_credentials(t):
    health = requests.get(f"{t.fe}/api/health", timeout=30).json()
    assert health["online_backend_num"] >= 1
