"""The schema and the files that people edit name the same keys."""

from dataclasses import fields, is_dataclass

import pytest
from omegaconf import OmegaConf
from project import ROOT

from segmentation.pipeline.schema import ENGINES, Config, Data, Paths


def keys(schema) -> set[str]:
    return {field.name for field in fields(schema)}


@pytest.mark.parametrize("section", OmegaConf.load(ROOT / "params.yaml"))
def test_params_yaml_sets_every_key_of_its_sections_and_no_other(section):
    [schema] = [field.type for field in fields(Config) if field.name == section]
    value = OmegaConf.load(ROOT / "params.yaml")[section]
    assert set(value) == keys(schema) if is_dataclass(schema) else isinstance(value, schema)


def test_paths_yaml_sets_every_path_and_no_other():
    assert set(OmegaConf.load(ROOT / "conf/paths.yaml")) == keys(Paths)


@pytest.mark.parametrize("kind", ENGINES)
def test_every_engine_has_its_file(kind):
    settings = OmegaConf.load(ROOT / f"conf/engine/{kind}.yaml")
    assert settings.kind == kind and set(settings) <= keys(ENGINES[kind])


@pytest.mark.parametrize("file", sorted((ROOT / "conf/dataset").glob("*.yaml")), ids=lambda file: file.stem)
def test_every_data_set_sets_exactly_the_keys_of_a_data_set(file):
    assert set(OmegaConf.load(file)) == keys(Data)
