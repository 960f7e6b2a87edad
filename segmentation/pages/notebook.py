"""A notebook run from top to bottom, and the page made of it: the same bytes for the same results.

Papermill, nbconvert and the kernel are imported where they are used: they take seconds.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from segmentation.pipeline import errors, machine, outputs, progress
from segmentation.pipeline.errors import ConfigurationFault, EnvironmentFault, Fault, IntermediateFault

if TYPE_CHECKING:
    from jupyter_client import AsyncKernelManager
    from nbconvert import HTMLExporter
    from nbformat import NotebookNode
    from papermill.exceptions import PapermillExecutionError

# A page that runs nothing and loads nothing, whatever is written in it.
TEMPLATE = """
{%- extends 'classic/index.html.j2' -%}
{%- block html_head_js %}
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
{% endblock html_head_js -%}
{%- block html_head_js_mathjax %}{% endblock html_head_js_mathjax -%}
{%- block jupyter_widgets %}{% endblock jupyter_widgets -%}
{%- block codecell -%}
{%- set tags = cell.metadata.get('tags', []) -%}
{%- if 'folded' in tags or 'injected-parameters' in tags -%}
<details><summary>{{ cell.metadata.get('summary', 'The files of the pipeline') | e }}</summary>
{{ super() }}
</details>
{%- else -%}{{ super() }}{%- endif -%}
{%- endblock codecell -%}
{%- block input -%}
{%- if 'drawing' in cell.metadata.get('tags', []) -%}
<details><summary>How it is drawn</summary>
{{ super() }}
</details>
{%- else -%}{{ super() }}{%- endif -%}
{%- endblock input -%}
{%- block notebook_css %}
<style>
  :root {--ink: #1f2328; --quiet: #57606a; --page: #fff; --line: #d0d7de; --code: #f6f8fa; --flip: none}
  @media screen and (prefers-color-scheme: dark) {
    :root {--ink: #e8eaed; --quiet: #a7adb5; --page: #15181c; --line: #363c44; --flip: invert(1) hue-rotate(180deg)}
  }
  body {margin: 0; color: var(--ink); background: var(--page); font: 16px/1.55 system-ui, sans-serif;
    overflow-wrap: anywhere}
  main {max-width: 62rem; margin: 0 auto; padding: .5rem 1rem 4rem}
  a {color: inherit}
  p, li {max-width: 46rem} h1 {font-size: 1.9rem; line-height: 1.2; margin: .5rem 0}
  h2 {margin: 1.5rem 0 .5rem; padding-top: .6rem; border-top: 1px solid var(--line)}
  code, pre {font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace}
  .highlight {color: #1f2328; background: var(--code); border-left: 3px solid #3f90da; margin: .8rem 0 0;
    filter: var(--flip)}
  .highlight :is(.c1, .n, .nn, .o, .ow) {color: #1f2328}
  .highlight .c1 {color: #57606a}
  .highlight pre, .output_text pre {margin: 0; padding: .6rem .8rem; white-space: pre-wrap; overflow-wrap: anywhere}
  .output_text pre {border-left: 3px solid var(--line)}
  .output_html {overflow-x: auto; margin: .8rem 0}
  .output_png img {display: block; max-width: min(100%, 54rem); height: auto; margin: .8rem 0; background: #fff}
  details {margin: .1rem 0; color: var(--quiet)}
  details > * {color: var(--ink)}
  summary {cursor: pointer; color: var(--quiet); font-size: .9rem}
  table {border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; border: 0}
  th, td {padding: .3rem .6rem; text-align: right; border: 0; border-bottom: 1px solid var(--line); min-width: 4rem;
    max-width: 16rem; overflow-wrap: break-word}
  tbody th {text-align: left}
  .rendered_html table {border-collapse: collapse; margin: .8rem 0}
  .text_cell_render table {display: block; overflow-x: auto}
  @media print {details::details-content {content-visibility: visible; display: block; height: auto}
    .output_html {overflow: visible} h2, figure, img, tr {break-inside: avoid}}
</style>
{% endblock notebook_css -%}
"""
SOCKET_FOLDER_LENGTH = 80  # characters: with the file's name, macOS allows no longer path of a socket
# No history, no version in a picture, pictures of the size that the notebook asks for, and garbage looked for as rarely
# as in the steps.
KERNEL_SETTINGS = {
    "IPKernelApp": {"exec_lines": [f"import gc; gc.set_threshold({machine.GARBAGE})"]},
    "HistoryManager": {"enabled": False},
    "InlineBackend": {"print_figure_kwargs": {"bbox_inches": None, "metadata": {"Software": None}}},
}


def run_notebook(path: str | Path, *, parameters: Mapping[str, Any]) -> "NotebookNode":
    """Runs a notebook with these parameters in a kernel of its own, and returns it with the outputs of its cells.

    The kernel uses this interpreter, knows no settings of the user, and ends with this process. What varies from run to
    run (times, versions, warnings) is left out. The parameters replace those in the notebook's cell of parameters.
    Raises ConfigurationFault where the file is no notebook, IntermediateFault with the text of an assertion that fails,
    EnvironmentFault when the kernel dies, a fault as it was raised in a cell, and Fault for any other error there.
    """
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import execute_notebook

    source = _parse_notebook(path)
    try:
        with _default_settings() as folder, ThreadPoolExecutor(1) as meanwhile, _cells(source) as counted:
            meanwhile.submit(_render, source)  # loads what the page takes, while this process waits for the kernel
            executed = execute_notebook(
                source,
                None,
                dict(parameters),
                kernel_name="python3",
                language="python",
                progress_bar=False,
                kernel_manager_class=_kernel_manager(folder),
                shutdown_kernel="immediate",
                coalesce_streams=True,
                record_timing=False,
                on_cell_complete=counted,
            )
    except PapermillExecutionError as error:
        raise _fault(path, error) from error
    except DeadKernelError as error:
        raise EnvironmentFault(f"the kernel that ran {path} was killed: was there too little memory?") from error
    return _reproducible(executed, source)


def save_notebook(path: Path, notebook: "NotebookNode") -> None:
    """Saves a notebook as Jupyter does."""
    import nbformat

    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


@progress.phase("making the page")
def to_html(notebook: "NotebookNode") -> str:
    """The notebook as one HTML page, with code and pictures, that runs no script and needs no network."""
    with _default_settings():
        html = _render(notebook)
    numbers = count(1)

    def focusable(_: re.Match[str]) -> str:
        return f'<div tabindex="0" role="region" aria-label="Table {next(numbers)}" class="output_html '

    return re.sub('<div class="output_html ', focusable, html).strip() + "\n"


def _render(notebook: "NotebookNode") -> str:
    html, _ = _exporter().from_notebook_node(notebook)
    return html


@cache
def _exporter() -> "HTMLExporter":
    """What renders notebooks; it keeps its templates, and every cell of code that it has seen."""
    from nbconvert import HTMLExporter
    from nbconvert.filters import clean_html

    exporter = HTMLExporter(
        template_name="classic",
        raw_template=TEMPLATE,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    exporter.register_filter("clean_html", cache(clean_html))  # half of the time of the page
    return exporter


def printed_lines(notebook: "NotebookNode") -> list[str]:
    """The lines that the cells of a notebook printed."""
    outputs_of_cells = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "".join(output.text for output in outputs_of_cells if output.output_type == "stream").splitlines()


def _parse_notebook(path: str | Path) -> "NotebookNode":
    """The notebook as it is stored; raises ConfigurationFault where the file is none."""
    import nbformat

    remedy = f"`git checkout {path}` brings it back"
    try:
        notebook = nbformat.reads(Path(path).read_text(encoding="utf-8"), as_version=4)
        nbformat.validate(notebook)
    except FileNotFoundError:
        raise ConfigurationFault(f"{path} is missing: {remedy}, or name another as paths.notebook") from None
    except (ValueError, KeyError, AttributeError, nbformat.ValidationError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigurationFault(f"{path} is no notebook ({reason}): {remedy}") from error
    return notebook


@contextmanager
def _default_settings() -> Iterator[Path]:
    """Replaces the user's settings, templates and history of Jupyter and IPython by an empty folder, for a while."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        profile = folder / "profile_default"
        profile.mkdir()
        outputs.write_json(profile / "ipython_kernel_config.json", KERNEL_SETTINGS)
        folders = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
        environment = dict.fromkeys(folders, name)
        environment |= {"JUPYTER_PATH": "", "JUPYTER_CONFIG_PATH": "", "JUPYTER_NO_CONFIG": "1"}
        with patch.dict(os.environ, environment):
            yield folder


@contextmanager
def _cells(notebook: "NotebookNode") -> Iterator[Callable[..., None]]:
    """Shows how many cells are done; yields what is to be called with the number of each as `cell_index`."""
    with progress.phase("running the notebook", len(notebook.cells), of="cell") as phase:

        def count(cell_index: int, **_: Any) -> None:
            phase.done = cell_index + 1

        yield count


def _kernel_manager(folder: Path) -> type["AsyncKernelManager"]:
    """What starts kernels of this interpreter, which talk through sockets in `folder`: nobody else reaches those."""
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpec

    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    one_thread = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}  # as fits in the steps
    quiet = {"PYTHONWARNINGS": "ignore"}  # warnings hold paths and versions
    spec = KernelSpec(argv=command, language="python", name="python3", env={**one_thread, **quiet})
    transport = "ipc" if len(str(folder)) < SOCKET_FOLDER_LENGTH else "tcp"

    class Manager(AsyncKernelManager):
        kernel_spec = spec

        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings | {"connection_file": str(folder / "kernel.json"), "transport": transport})

        async def _async_start_kernel(self, **settings: Any) -> None:
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            await super()._async_start_kernel(**settings | quiet)

        start_kernel = _async_start_kernel

    return Manager


def _fault(path: str | Path, error: "PapermillExecutionError") -> Fault:
    """The fault that an error in a cell stands for."""
    kind = getattr(errors, error.ename, None)
    if isinstance(kind, type) and issubclass(kind, Fault):
        return kind(error.evalue)
    if error.ename == "AssertionError":
        return IntermediateFault(
            f"{error.evalue}: the files of the steps do not belong together, as after a step that ran alone, or one is "
            "damaged: run `dvc repro`"
        )
    if error.ename == "MemoryError":
        return EnvironmentFault(f"out of memory in a cell of {path}; nothing was written")
    line = error.source.strip().splitlines()[0]
    return Fault(
        f"the cell of {path} that begins with '{line}' ends with {error.ename}: {error.evalue}; `git checkout {path}` "
        "if you changed it, else please report it with what HYDRA_FULL_ERROR=1 prints"
    )


def _reproducible(executed: "NotebookNode", source: "NotebookNode") -> "NotebookNode":
    """The executed notebook without times, versions and warnings; its one cell of parameters holds those it used."""
    executed.metadata = source.metadata
    executed.cells = [cell for cell in executed.cells if "parameters" not in cell.metadata.get("tags", [])]
    for cell in executed.cells:
        cell.metadata.pop("papermill", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id, cell.source = "parameters", cell.source.strip()
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
        for output in cell.get("outputs", []):
            if "alt" in cell.metadata and "image/png" in output.get("data", {}):
                output.metadata = {"alt": cell.metadata.alt}
    return executed
