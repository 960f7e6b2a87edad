"""Names of data sets, and files that are written once."""

import pytest
from ruamel.yaml import YAML

from segmentation.adoption import dataset_names
from segmentation.pipeline.errors import ConfigurationFault, InputFault


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dataset_names.FOLDER.mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize(
    "place, name",
    [
        ("data/raw/Kunden 2025.csv", "kunden_2025"),
        ("Kundenübersicht (final).xlsx", "kundenuebersicht_final"),
        ("C:\\exports\\My Customers.CSV.GZ", "my_customers"),
        ("data/raw/orders/", "orders"),
        ("data/raw/orders/*.csv", "orders"),
        ("orders/2025.csv", "orders_2025"),
        ("2025.csv", "data_2025"),
        ("yes.csv", "data_yes"),
        ("shop.orders", "shop_orders"),
        ("客户.csv", "客户"),
        ('shop,b=c\'s "x".tsv', "shop_b_c_s_x"),
        ("exports/orders.2025.parquet", "orders_2025"),
    ],
)
def test_a_data_set_is_called_as_its_file_in_letters_that_need_no_quotes(place, name):
    assert dataset_names.of_place(place) == name
    assert dataset_names.quoted(name) == name
    dataset_names.file_of(name)


@pytest.mark.parametrize("name", ["", "../x", "a/b", " a", "a ", "-a", ".a", "a\nb", "${a}", "a:b", "a,b"])
def test_a_name_that_is_no_file_of_the_folder_is_refused(name):
    with pytest.raises(ConfigurationFault, match="letters, digits"):
        dataset_names.file_of(name)


def test_the_free_name_is_the_first_that_no_file_has():
    assert dataset_names.free("mine") == "mine"
    for name in ("mine", "mine_2", "mine_4"):
        dataset_names.file_of(name).touch()
    assert dataset_names.free("mine") == "mine_3"


def test_a_file_is_written_whole_and_never_over_another(folder):
    file = dataset_names.file_of("mine")
    dataset_names.write(file, "id: ä\n")
    with pytest.raises(FileExistsError):
        dataset_names.write(file, "id: b\n")
    assert file.read_text(encoding="utf-8") == "id: ä\n" and [*file.parent.iterdir()] == [file]


@pytest.mark.parametrize(
    "text, place, reads",
    [
        ("source: {files: {customers: data/raw/a.csv}}", "data/raw/a.csv", True),
        ("source: {files: {customers: data/raw/a.csv}}", "data/raw/b.csv", False),
        ("source: {kind: synthetic}", "data/raw/a.csv", False),
        ("source: {query: 'SELECT a FROM \"my orders\"'}", "my orders", True),
        ('source: {query: \'SELECT a FROM "my"."orders" WHERE 1\'}', "my.orders", True),
        ('source: {query: \'SELECT a FROM "my"."orders"\'}', "my", False),
        ('source: {query: \'SELECT "a" FROM "b"\'}', "a", False),
        ("[", "data/raw/a.csv", False),
        ("", "data/raw/a.csv", False),
        ("source: 5", "data/raw/a.csv", False),
        ("source: {files: [a]}", "a", False),
    ],
)
def test_what_a_data_set_reads_is_known_whatever_its_file_holds(text, place, reads):
    file = dataset_names.file_of("mine")
    file.write_text(text)
    assert dataset_names.reads(file, place) is reads


@pytest.mark.parametrize(
    "line, chosen",
    [
        ("dataset: synthetic   # which customers", "dataset: mine   # which customers"),
        ("dataset: synthetic", "dataset: mine"),
        ("dataset:", "dataset: mine"),
        ('dataset: "a b"', "dataset: mine"),
        ("dataset: null # none yet", "dataset: mine # none yet"),
    ],
)
def test_a_choice_changes_one_word_of_params_yaml(folder, line, chosen):
    params = folder / "params.yaml"
    around = "# dataset: not this\n{}\nelbow:\n  dataset: nor this  # ä\n"
    params.write_text(around.format(line), encoding="utf-8")
    dataset_names.choose("mine", params)
    assert params.read_text(encoding="utf-8") == around.format(chosen)


@pytest.mark.parametrize("name", ["mine", "Kunden 2025", "2025", "a-b", "a.b", "客户"])
def test_a_chosen_name_is_read_back_as_text(folder, name):

    params = folder / "params.yaml"
    params.write_text("dataset: synthetic  # which\n")
    dataset_names.choose(name, params)
    assert YAML(typ="safe").load(params)["dataset"] == name


@pytest.mark.parametrize("name", ["${x}", "\x1b[31m", "_target_"])
def test_a_name_that_settings_must_not_hold_is_told_and_nothing_is_written(name):
    file = dataset_names.file_of("mine")
    with pytest.raises(
        InputFault, match=r"^a data set cannot name a column or a cell as the file does: .*rename it$"
    ) as told:
        dataset_names.write(file, f"profile:\n  '{name}': {{}}\n")
    assert "partial" not in str(told.value) and not [*file.parent.iterdir()]
