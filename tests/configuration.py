"""The configuration that Hydra composes from the project's own files, without Hydra."""

from omegaconf import DictConfig, OmegaConf
from project import ROOT


def composed(dataset: str = "synthetic") -> DictConfig:
    """The configuration with this data set."""
    layers = OmegaConf.create(
        {
            "data": OmegaConf.load(ROOT / f"conf/dataset/{dataset}.yaml"),
            "executor": OmegaConf.load(ROOT / "conf/engine/threads.yaml"),
            "paths": OmegaConf.load(ROOT / "conf/paths.yaml"),
        }
    )
    return OmegaConf.merge(layers, OmegaConf.load(ROOT / "params.yaml"), {"dataset": dataset})
