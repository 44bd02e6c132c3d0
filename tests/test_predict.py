"""``python -m lib predict``: a picture of the reader's, and what a network sees in it."""

import numpy as np
import pytest
from PIL import Image

from lib.__main__ import main
from lib.datasets import load_mnist_sample, load_photograph
from lib.datasets.centering import find_ink
from lib.trained import load_trained, predict_picture

NETWORK = "simple_convnet"


def on_paper(path, digit, dark=True):
    """Save a digit of MNIST as readers have theirs: large, off the middle, on gray paper."""
    large = np.kron(digit, np.ones((6, 6)))
    sheet = np.full((260, 300), 0.05)
    sheet[10:178, 110:278] += 0.9 * large
    pixels = (255 * (1 - sheet if dark else sheet)).astype(np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.mark.parametrize("dark", [True, False])
def test_digits_on_paper_are_read(tmp_path, dark):
    digits = load_mnist_sample()
    right = 0
    for place in range(10):
        path = on_paper(tmp_path / "x.png", digits.images[place, 0], dark)
        right += next(iter(predict_picture(NETWORK, path))) == str(digits.labels[place])
    assert right >= 9


def test_a_centered_digit_gets_the_probabilities_that_it_has(tmp_path):
    digit = load_mnist_sample().images[3]
    Image.fromarray((255 * digit[0]).round().astype(np.uint8)).save(tmp_path / "x.png")
    found = predict_picture(NETWORK, tmp_path / "x.png")
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert sum(found.values()) == pytest.approx(1, abs=1e-5)
    logits = load_trained(NETWORK).predict(digit[None])
    assert next(iter(found)) == str(logits.argmax())


def test_a_photograph_is_named(tmp_path, capsys):
    cat = (255 * load_photograph("cat")).astype(np.uint8).transpose(1, 2, 0)
    Image.fromarray(cat).save(tmp_path / "cat.png")
    assert main(["predict", "resnet20_cifar10", str(tmp_path / "cat.png")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[0].split()[0] == "cat"
    assert float(lines[0].split()[1].rstrip("%")) > 90
    main(["predict", "resnet20_cifar10", str(tmp_path / "cat.png"), "--all"])
    assert len(capsys.readouterr().out.splitlines()) == 10


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("simple_convnet", None, "there is no such file"),
        ("simple_convnet", b"no picture", "not a picture that Pillow can read"),
        ("simple_convnett", b"", 'did you mean "simple_convnet"?'),
        ("simple_convnet", "empty", "a picture that is the same everywhere"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(tmp_path, capsys, name, content, message):
    path = tmp_path / "x.png"
    if content == "empty":
        Image.new("L", (30, 20), 200).save(path)
    elif content is not None:
        path.write_bytes(content)
    assert main(["predict", name, str(path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_paper_is_what_the_border_is_of():
    sheet = np.full((5, 6), 0.8)
    sheet[2, 2], sheet[2, 3] = 0.1, 0.7
    ink = find_ink(sheet)
    assert ink[2, 2] == 1
    assert ink.sum() == 1  # the shadow is paper
    assert np.allclose(find_ink(1 - sheet), ink)
