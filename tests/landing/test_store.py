"""The landing zone on a local disk and on a real S3 server."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from io import FileIO
from pathlib import Path

import pytest
import requests
import s3fs

from retail_platform.generation import GenerationSettings
from retail_platform.generation.mess import MessSettings
from retail_platform.ingestion.land import Simulation, land_day
from retail_platform.landing import LandingZone, LandingZoneError, local
from retail_platform.landing.layout import end_of_day, rejected_directory
from tests.ingestion.days import silent

DAY = date(2024, 4, 1)
SOURCE = Simulation(GenerationSettings(orders_per_day=10), MessSettings(late_rate=0.2, null_rate=0.1))


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in {
        "AWS_ENDPOINT_URL": s3, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret-marker",
        "AWS_DEFAULT_REGION": "us-east-1", "NO_PROXY": "127.0.0.1", "AWS_EC2_METADATA_DISABLED": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    name = f"retail-{uuid.uuid4().hex[:8]}"
    requests.put(f"{s3}/{name}", timeout=10).raise_for_status()
    return name


@pytest.fixture(params=["local", "s3"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "local":
        return str(tmp_path / "landing")
    return f"s3://{request.getfixturevalue('bucket')}/zone"


def test_a_day_lands_the_same_everywhere(root: str, tmp_path: Path) -> None:
    zone, other = LandingZone(root), LandingZone(str(tmp_path / "other"))
    for as_of in (datetime(2024, 4, 1, 12), datetime(2024, 4, 2)):
        landed = [land_day(z, SOURCE, DAY, as_of, silent).manifest for z in (zone, other)]
    assert landed[0] == landed[1]
    assert zone.manifest(DAY) == landed[0]
    for path in landed[0].all_paths():
        assert zone.read(path) == other.read(path)
    kept = set(zone.list_day("orders", DAY))
    assert kept == {path for path in landed[0].all_paths() if path.startswith("orders/")}, "slices are cleared away"


def test_a_file_is_opened_seekable(root: str) -> None:
    zone = LandingZone(root)
    zone.write("orders/dt=2024-04-01/x.csv", b"0123456789")
    with zone.open("orders/dt=2024-04-01/x.csv") as stream:
        assert stream.seek(0, 2) == 10
        stream.seek(4)
        assert stream.read() == b"456789"


def test_what_is_missing_is_said_to_be_missing(root: str) -> None:
    with pytest.raises(LandingZoneError, match=r"orders/dt=2024-04-01/none\.jsonl"):
        LandingZone(root).read("orders/dt=2024-04-01/none.jsonl")


def test_a_missing_bucket(bucket: str) -> None:
    with pytest.raises(LandingZoneError, match=r"s3://no-such-bucket-here.*RETAIL_LANDING_URL"):
        LandingZone("s3://no-such-bucket-here/zone").write("a", b"a")


def test_no_server_at_the_address(bucket: str, monkeypatch: pytest.MonkeyPatch, free_port: int) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port}")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    s3fs.S3FileSystem.clear_instance_cache()  # a process of its own would have read the variables just now
    with pytest.raises(LandingZoneError, match="AWS_ENDPOINT_URL"):
        LandingZone(f"s3://{bucket}/elsewhere").write("a", b"a")


def test_missing_credentials_are_named_and_never_shown(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(LandingZoneError, match="AWS_ACCESS_KEY_ID") as refused:
        LandingZone(f"s3://{bucket}/nobody").write("a", b"a")
    assert "secret-marker" not in str(refused.value)


@pytest.mark.parametrize(("key", "secret"), [("wrong-key", "wrong-secret"), ("key", "wrong-secret")])
def test_wrong_credentials_are_named_and_never_shown(
    s3: str, bucket: str, monkeypatch: pytest.MonkeyPatch, key: str, secret: str
) -> None:
    """The server looks at credentials only while it is told to."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    s3fs.S3FileSystem.clear_instance_cache()
    requests.post(f"{s3}/moto-api/reset-auth", data=b"0", timeout=10).raise_for_status()
    try:
        zone = LandingZone(f"s3://{bucket}/zone")
        for access in (lambda: zone.write("a", b"a"), lambda: zone.read("a"), lambda: zone.manifest(DAY)):
            with pytest.raises(LandingZoneError, match=rf"s3://{bucket}/zone.*AWS_SECRET_ACCESS_KEY") as refused:
                access()
            assert "wrong-secret" not in str(refused.value)
    finally:
        requests.post(f"{s3}/moto-api/reset-auth", data=b"inf", timeout=10).raise_for_status()


def test_secrets_in_a_url_are_not_shown() -> None:
    with pytest.raises(LandingZoneError) as refused:
        LandingZone("nonsense://user:hidden@bucket/zone?token=hidden")
    assert "nonsense://bucket/zone" in str(refused.value)
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize(("url", "extra"), [("gs://bucket/zone", "gcs"), ("s3://bucket/zone", "s3")])
def test_a_missing_driver_says_what_to_install(url: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_url: str) -> None:
        raise ImportError(f"Please install the driver of {url}")

    monkeypatch.setattr("fsspec.core.url_to_fs", missing)
    with pytest.raises(LandingZoneError, match=rf"{url} .*retail-platform\[{extra}\]"):
        LandingZone(url)


def test_a_full_disk_leaves_the_day_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zone = LandingZone(str(tmp_path))
    before = land_day(zone, SOURCE, DAY, datetime(2024, 4, 1, 12), silent).manifest
    files = {path: path.read_bytes() for path in tmp_path.rglob("*.jsonl")}
    device = Path("/dev/full")
    if not device.exists():
        pytest.skip("this system has no device that is always full")

    def full(path: str, mode: str) -> FileIO:
        return FileIO(device if "products" in path and mode == "wb" else path, mode)

    monkeypatch.setattr(local, "FileIO", full)
    with pytest.raises(LandingZoneError, match=r"No space left.*has room"):
        land_day(zone, SOURCE, DAY, datetime(2024, 4, 2), silent)
    monkeypatch.undo()
    assert zone.manifest(DAY) == before
    assert all(path.read_bytes() == data for path, data in files.items())
    assert land_day(zone, SOURCE, DAY, datetime(2024, 4, 2), silent).manifest.as_of == datetime(2024, 4, 2)


def test_an_unknown_protocol_says_what_to_install() -> None:
    with pytest.raises(LandingZoneError, match="RETAIL_LANDING_URL"):
        LandingZone("nonsense://bucket")


def test_two_that_write_the_same_file_at_once_don_t_get_in_each_others_way(tmp_path: Path) -> None:
    """As when a run that is taken for lost goes on beside its retry: each file is whole, and one of the two."""
    zone = LandingZone(str(tmp_path))

    def blocks(word: bytes) -> Iterator[bytes]:
        yield word
        if word == b"first":
            zone.write_digested(blocks(b"second"), lambda sha256: f"orders/dt=2024-04-01/day-{sha256[:8]}.jsonl")
        yield word

    zone.write_digested(blocks(b"first"), lambda sha256: f"orders/dt=2024-04-01/day-{sha256[:8]}.jsonl")
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(files) == [b"firstfirst", b"secondsecond"]


def test_what_killed_runs_left_goes_with_the_days_publication(tmp_path: Path) -> None:
    """What somebody is still writing stays."""
    zone = LandingZone(str(tmp_path))
    code = "import sys; from retail_platform.landing.local import Unpublished; file = Unpublished(sys.argv[1])"
    command = [sys.executable, "-c", f"{code}; file.write(b'half'); print(flush=True); sys.stdin.read()"]
    path = tmp_path / "orders/dt=2024-04-01/day-00000000-00000.jsonl"
    with subprocess.Popen([*command, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as killed:
        assert killed.stdout is not None
        killed.stdout.readline()
        (left,) = path.parent.iterdir()
        assert left.read_bytes() == b"half"
        with local.published(str(path)) as file:
            file.write(b"whole")
            land_day(zone, SOURCE, DAY, datetime(2024, 4, 1, 12), silent)
            assert left.exists()  # the other still lives
            killed.kill()
            killed.wait()
            land_day(zone, SOURCE, DAY, datetime(2024, 4, 2), silent)
            assert not left.exists()
        assert path.read_bytes() == b"whole"
    assert not [found for found in path.parent.iterdir() if found.name.startswith(".")]


def test_half_files_among_the_rejected_rows_go_too(tmp_path: Path) -> None:
    half = tmp_path / rejected_directory(DAY) / ".day-00000000.jsonl.0123456789abcdef"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half")
    strange = half.with_name(".somebody-elses")
    strange.write_bytes(b"whole")
    land_day(LandingZone(str(tmp_path)), SOURCE, DAY, datetime(2024, 4, 2), silent)
    assert not half.exists()
    assert strange.exists()


def test_a_file_that_is_swept_away_before_its_lock_is_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, swept = local._lock, []

    def late(file: FileIO, operation: int) -> bool:
        if not swept:
            swept.append(file.name)
            local.remove_abandoned(str(file.name))
        return lock(file, operation)

    monkeypatch.setattr(local, "_lock", late)
    with local.published(str(tmp_path / "day.jsonl")) as file:
        file.write(b"whole")
    assert swept
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"whole"]


def test_days_made_together_land_as_the_same_files(tmp_path: Path) -> None:
    """Whether some of them had landed before, and whatever was delivered wrongly."""
    days = [DAY + timedelta(days=number) for number in range(6)]
    alone, together = LandingZone(str(tmp_path / "alone")), LandingZone(str(tmp_path / "together"))
    for zone in (alone, together):
        land_day(zone, SOURCE, days[2], end_of_day(days[2]), silent)
    ahead = Simulation(SOURCE.settings, SOURCE.mess, until=days[4])
    for day in days:  # the last one comes unannounced
        for zone, source in ((alone, SOURCE), (together, ahead)):
            land_day(zone, source, day, end_of_day(day), silent)
    files = [
        {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (tmp_path / "alone", tmp_path / "together")
    ]
    assert files[0] == files[1]
    assert len(files[0]) > len(days) * 8
