"""The step cluster places every customer in the segment of the nearest centre, numbered by value."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from segmentation.pipeline import outputs


@pytest.fixture
def project(fitted, tmp_path):
    return fitted.copy(tmp_path / "project")


def test_customers_are_with_the_nearest_centre_and_segments_fall_by_value(project):
    assert project.stage("cluster", "cluster.k=3").returncode == 0
    fit = project.json("data/kmeans.json")
    placed = pq.read_table(project.folder / "data/segments").to_pandas()
    features = pq.read_table(project.folder / "data/features").to_pandas()
    centres = np.array(fit["centres"])
    squared = ((features[fit["features"]].to_numpy()[:, np.newaxis] - centres) ** 2).sum(axis=2)
    assert placed["segment"].tolist() == (squared.argmin(axis=1) + 1).tolist()
    assert placed["distance"].to_numpy() == pytest.approx(np.sqrt(squared.min(axis=1)), abs=1e-8)
    assert fit["sizes"] == placed["segment"].value_counts().sort_index().tolist()
    value = features.groupby(placed["segment"])["_value"].mean()
    assert value.is_monotonic_decreasing and len(value) == 3


def test_a_k_of_ones_own_overrides_that_of_the_elbow(project):
    elbow = project.json("data/k.json")["k"]
    assert project.stage("cluster").returncode == 0
    assert project.json("data/kmeans.json")["k"] == elbow
    assert project.stage("cluster", f"cluster.k={elbow + 1}").returncode == 0
    assert project.json("data/kmeans.json")["k"] == elbow + 1


@pytest.mark.parametrize("k", [0, "five", None])
def test_a_file_with_no_number_of_segments_is_refused(project, k):
    content = project.json("data/k.json")
    del content["checksum"]
    outputs.write_json(project.folder / "data/k.json", outputs.sealed(content | {"k": k}))
    done = project.stage("cluster")
    assert done.returncode == 4 and "no number of segments: run `dvc repro`" in done.stderr
