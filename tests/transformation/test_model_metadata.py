"""What is said of a model that was built, and that nothing unsaid fails the build."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from retail_platform.transformation.column_lineage import ColumnLineage
from retail_platform.transformation.model_metadata import ModelMetadata
from retail_platform.transformation.models import MANIFEST
from retail_platform.transformation.translator import RetailTranslator

MODEL = "model.retail.stg_stores"  # a view: its rows aren't counted, so no warehouse is asked


@pytest.fixture
def metadata(tmp_path: Path) -> ModelMetadata:
    lineage = ColumnLineage(MANIFEST, RetailTranslator(), tmp_path / "lineage")
    context: dg.AssetExecutionContext = dg.build_asset_context()
    return ModelMetadata(context, MANIFEST, tmp_path, lineage)


def _compiled(target: Path, sql: str) -> None:
    file = target / "compiled" / "retail" / MANIFEST["nodes"][MODEL]["original_file_path"]
    file.parent.mkdir(parents=True)
    file.write_text(sql)


def _built() -> dg.Output[None]:
    return dg.Output(None, metadata={"unique_id": MODEL})


def test_sql_and_lineage_are_told(metadata: ModelMetadata, tmp_path: Path) -> None:
    columns = ", ".join(f"name as {column}" for column in MANIFEST["nodes"][MODEL]["columns"])
    _compiled(tmp_path, f"select {columns} from bronze.raw_stores")
    told = metadata.complete(_built()).metadata
    assert told["unique_id"].value == MODEL
    assert "from bronze.raw_stores" in str(told["compiled_sql"].value)
    deps = told["dagster/column_lineage"].value.deps_by_column["city"]
    assert deps == [dg.TableColumnDep(dg.AssetKey(["raw", "stores"]), "name")]


def test_sql_that_cant_be_read_leaves_lineage_out(
    metadata: ModelMetadata, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    _compiled(tmp_path, "select from where")
    told = metadata.complete(_built()).metadata
    assert "select from where" in str(told["compiled_sql"].value)
    assert "dagster/column_lineage" not in told
    assert "stg_stores is built; its column lineage is unknown" in caplog.text + capfd.readouterr().err


def test_missing_sql_is_a_warning(
    metadata: ModelMetadata, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert set(metadata.complete(_built()).metadata) == {"unique_id"}
    assert "stg_stores is built; its compiled SQL can't be read" in caplog.text + capfd.readouterr().err


def test_other_events_pass_as_they_are(metadata: ModelMetadata) -> None:
    event = dg.AssetCheckResult(passed=True)
    assert metadata.complete(event) is event
