"""A notebook that runs: its parameters, its faults, and what is left out of the bytes."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from segmentation.pages import notebook
from segmentation.pipeline import progress
from segmentation.pipeline.errors import ConfigurationFault, EnvironmentFault, Fault, IntermediateFault

PARAMETERS = new_code_cell("most = 1", metadata={"tags": ["parameters"]}, id="first")


def stored(folder, *codes):
    """A file with a notebook of these cells below its parameters."""
    cells = [PARAMETERS, *(new_code_cell(code, id=f"cell-{position}") for position, code in enumerate(codes))]
    nbformat.write(new_notebook(cells=cells), folder / "notebook.ipynb")
    return folder / "notebook.ipynb"


class Counted(progress.Phase):
    """A phase that remembers how much of it was done."""

    def __setattr__(self, name, value):
        if name == "done":
            self.__dict__.setdefault("counts", []).append(value)
        super().__setattr__(name, value)


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """A notebook that has run: it prints, warns, and draws."""
    code = "import os, sys, warnings\nwarnings.warn('old')\nprint('warning:', most, os.environ['OMP_NUM_THREADS'])"
    picture = new_code_cell("plt.plot([1, 2]); plt.show()", metadata={"alt": "A line"}, id="picture")
    loud = "print('to stderr', file=sys.stderr)\nprint('</script><b>last</b>')"
    file = stored(tmp_path_factory.mktemp("notebook"), code, loud)
    source = nbformat.read(file, as_version=4)
    source.cells += [new_code_cell("import matplotlib.pyplot as plt", id="import"), picture]
    nbformat.write(source, file)
    return notebook.run_notebook(file, parameters={"most": 7, "folder": "a b"})


def test_a_terminal_can_tell_how_many_of_its_cells_are_done(monkeypatch, tmp_path):
    phases = []
    monkeypatch.setattr(progress, "Phase", lambda *settings: phases.append(Counted(*settings)) or phases[-1])
    notebook.run_notebook(stored(tmp_path, "1", "2"), parameters={})
    assert [(phase.doing, phase.total, phase.counts) for phase in phases] == [("running the notebook", 3, [0, 1, 2, 3])]


def test_it_runs_with_its_parameters_on_one_thread_and_without_warnings(executed):
    assert notebook.printed_lines(executed) == ["warning: 7 1", "</script><b>last</b>"]
    assert executed.cells[0].id == "parameters" and "most = 7" in executed.cells[0].source
    assert not [cell for cell in executed.cells if "most = 1" in cell.source]


def test_nothing_in_it_tells_when_and_with_what_it_ran(executed, tmp_path):
    notebook.save_notebook(tmp_path / "executed.ipynb", executed)
    text = (tmp_path / "executed.ipynb").read_text()
    assert "papermill" not in text and "iopub" not in text and "version" not in text.replace('"nbformat', "")
    assert nbformat.read(tmp_path / "executed.ipynb", as_version=4) == executed
    (picture,) = [output for output in executed.cells[-1].outputs if "image/png" in output.get("data", {})]
    assert picture.metadata == {"alt": "A line"}


def test_its_page_runs_no_script_and_escapes_what_was_printed(executed):
    page = notebook.to_html(executed)
    assert "<script" not in page and "default-src 'none'" in page and "http" not in page.replace("http-equiv", "")
    assert "<b>last</b>" not in page and "&lt;b&gt;last" in page and 'alt="A line"' in page


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        ("assert False, 'sizes differ'", IntermediateFault, "^sizes differ: the files of the steps do not belong"),
        (
            "from segmentation.pipeline.errors import InputFault\nraise InputFault('as it was')",
            Fault,
            "^as it was$",
        ),
        ("\n1 / 0\n", Fault, "that begins with '1 / 0' ends with ZeroDivisionError: division by zero; `git checkout"),
        ("raise MemoryError", EnvironmentFault, "out of memory in a cell"),
        ("import os\nos._exit(9)", EnvironmentFault, "was killed: was there too little memory"),
    ],
    ids=["assertion", "fault", "error", "memory", "killed"],
)
def test_an_error_in_a_cell_is_a_fault(tmp_path, code, kind, text):
    with pytest.raises(kind, match=text) as raised:
        notebook.run_notebook(stored(tmp_path, code), parameters={})
    assert type(raised.value).__name__ == ("InputFault" if "InputFault" in code else kind.__name__)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "text"),
    [(None, " is missing: `git checkout"), ("{}", " is no notebook \\("), ("\0", " is no notebook")],
)
def test_a_file_that_is_no_notebook_is_refused(tmp_path, content, text):
    if content is not None:
        (tmp_path / "other.ipynb").write_text(content)
    with pytest.raises(ConfigurationFault, match=f"other.ipynb{text}") as raised:
        notebook.run_notebook(tmp_path / "other.ipynb", parameters={})
    assert "\n" not in str(raised.value)


def test_a_page_of_words_needs_no_kernel():
    page = notebook.to_html(new_notebook(cells=[new_markdown_cell("# Title", id="title")], metadata={"title": "T"}))
    assert "<title>T</title>" in page and page.endswith("</html>\n")
