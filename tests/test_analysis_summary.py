import re
from html.parser import HTMLParser

import numpy as np
import pytest

from lib.analysis import summary
from lib.analysis.summaries import _bytes
from lib.backend import to_numpy
from lib.layers import (
    BatchNorm2d,
    Concat,
    Conv2d,
    Dropout,
    Layer,
    Linear,
    ReLU,
    Residual,
    SeparableConv2d,
    Sequential,
)
from lib.networks import MLP, VGG, CIFARResNet, LeNet5, ResNet, SimpleConvNet
from tests.network_checks import NoDraws


def by_name(table):
    return {row.name: row for row in table.rows}


def test_simple_convnet_has_the_known_numbers():
    table = summary(SimpleConvNet(), (1, 28, 28))
    rows = by_name(table)
    assert table.parameters == 433_890
    assert {n: r.multiply_adds for n, r in rows.items() if r.multiply_adds} == {
        "conv": 432_000,
        "hidden": 432_000,
        "output": 1_000,
    }
    assert table.multiply_adds == 865_000
    assert rows["conv"].output_shape == (30, 24, 24)
    assert rows["conv"].parameters == 30 * 25 + 30
    assert rows["conv"].activation_bytes == 30 * 24 * 24 * 4
    assert rows["pool"].receptive_field == ((6, 6), (2, 2), (0, 0))
    assert [row.kind for row in table.rows] == [
        *("Conv2d", "ReLU", "MaxPool2d", "Flatten", "Linear", "ReLU", "Linear"),
    ]
    numbers = 2 * 30 * 24 * 24 + 2 * 30 * 12 * 12 + 100 + 100 + 10
    assert table.activation_bytes == 4 * numbers
    assert table.unreached == 0


def test_vgg_16_computes_as_much_as_is_known():
    """15.47 thousand million at full width; the filters of the narrow one are 1/16 of those."""
    table = summary(VGG(16, width=1 / 16, rng=NoDraws()), (3, 224, 224))
    filters, sizes = (64, 128, 256, 512, 512), (224, 112, 56, 28, 14)
    full, narrow = 0, 0
    c, narrow_c = 3, 3
    for f, size, count in zip(filters, sizes, (2, 2, 3, 3, 3), strict=True):
        for _ in range(count):
            full += 9 * c * f * size**2
            narrow += 9 * narrow_c * f // 16 * size**2
            c, narrow_c = f, f // 16
    full += 25088 * 4096 + 4096 * 4096 + 4096 * 1000
    assert full == 15_470_264_320
    assert table.multiply_adds == narrow + 25088 // 16 * 256 + 256 * 256 + 256 * 1000
    assert by_name(table)["classifier.6"].receptive_field.size == (404, 404)


def test_groups_strides_and_rectangles_are_counted():
    layers = Sequential(
        grouped=Conv2d(4, 6, (3, 5), stride=(2, 1), groups=2),
        separable=SeparableConv2d(6, 8, 3),
    )
    rows = by_name(summary(layers, (4, 11, 12)))
    assert rows["grouped"].multiply_adds == 6 * 2 * 15 * 5 * 8
    assert rows["separable.depthwise"].multiply_adds == 6 * 9 * 3 * 6
    assert rows["separable.pointwise"].multiply_adds == 6 * 8 * 3 * 6
    assert "separable" not in rows


def test_sums_and_joins_have_rows_and_what_passes_on_has_no_memory():
    network = Sequential(
        drop=Dropout(0.5),
        skip=Residual(Sequential(Conv2d(2, 2, 3, padding=1), BatchNorm2d(2))),
        sides=Concat(Conv2d(2, 3, 1), ReLU()),
    )
    table = summary(network, (2, 4, 4))
    assert [(r.name, r.kind, r.activation_bytes // 64) for r in table.rows] == [
        ("drop", "Dropout", 0),
        ("skip.body.0", "Conv2d", 2),
        ("skip.body.1", "BatchNorm2d", 2),
        ("skip", "Residual", 2),
        ("sides.0", "Conv2d", 3),
        ("sides.1", "ReLU", 2),
        ("sides", "Concat", 5),
    ]


def test_the_sum_in_a_block_of_a_resnet_has_a_row():
    """Its ReLU has the output of the block; the sum before it has as much memory again."""
    table = summary(CIFARResNet(8, width=1 / 4), (3, 8, 8))
    rows = [row for row in table.rows if row.name.startswith("layer2.0")]
    assert [(row.name[9:], row.kind, row.activation_bytes // 64) for row in rows] == [
        *(("conv1", "Conv2d", 8), ("bn1", "BatchNorm2d", 8), ("relu1", "ReLU", 8)),
        *(("conv2", "Conv2d", 8), ("bn2", "BatchNorm2d", 8), ("downsample", "Subsample", 8)),
        *(("relu", "ReLU", 8), ("", "BasicBlock", 8)),
    ]
    plain = summary(CIFARResNet(8, width=1 / 4, skips=False), (3, 8, 8))
    assert "BasicBlock" not in {row.kind for row in plain.rows}


@pytest.mark.parametrize(
    ("network", "input_shape", "kinds"),
    [
        (ResNet(18, width=1 / 32, num_classes=10), (3, 64, 64), {"BasicBlock", "MaxPool2d"}),
        (LeNet5(), (1, 32, 32), {"PartialConv2d", "Subsampling"}),
        (MLP(), (1, 28, 28), {"Linear"}),
    ],
)
def test_the_rows_of_each_network_add_up(network, input_shape, kinds):
    table = summary(network, input_shape)
    assert kinds <= {row.kind for row in table.rows}
    assert sum(row.parameters for row in table.rows) == table.parameters
    assert table.parameters == network.parameter_count()
    assert table.unreached == 0
    assert network.training


def test_partial_convolution_counts_its_connections_alone():
    assert by_name(summary(LeNet5(), (1, 32, 32)))["c3"].multiply_adds == 60 * 25 * 100


class Aside(Sequential):
    """Gives its input back, and uses its layers in training alone."""

    def forward(self, x):
        if self.training:
            super().forward(x)
        return x


def test_a_head_that_rests_in_evaluation_is_one_row():
    rows = summary(Sequential(head=Aside(Linear(3, 5)), end=Linear(3, 2)), (3,)).rows
    assert rows[0][:6] == ("head", "Aside", (3,), 20, 0, 0)
    assert [row.name for row in rows] == ["head", "end"]


class Unused(Sequential):
    def forward(self, x):
        return self.used(x)


class Again(Sequential):
    def forward(self, x):
        return self.inner(self.inner(x))


def test_what_is_called_twice_counts_once_and_what_is_not_reached_is_named():
    shared = summary(Sequential(first=Again(inner=Linear(3, 3)), last=ReLU()), (3,))
    assert (shared.parameters, shared.multiply_adds, shared.unreached) == (12, 18, 0)
    table = summary(Unused(used=Linear(2, 2), unused=Linear(2, 3)), (2,))
    assert (table.parameters, table.unreached) == (15, 9)
    note = "The forward pass does not reach 9 of the parameters."
    assert str(table).endswith("\n" + note)
    assert note in table._repr_html_()


def test_the_text_is_a_table():
    lines = str(summary(SimpleConvNet(), (1, 28, 28))).splitlines()
    assert lines[0] == "SimpleConvNet on an input of 1×28×28"
    assert " ".join(lines[2].split()) == (
        "layer kind output shape parameters multiply-adds activations receptive field"
    )
    assert lines[4].split()[:6] == ["conv", "Conv2d", "30×24×24", "780", "432,000", "67.5"]
    assert lines[-1].split() == ["total", "433,890", "865,000", "170", "KiB"]
    assert len(lines) == 5 + 7 + 1


def test_vectors_have_no_receptive_field():
    table = summary(Sequential(Linear(3, 2)), (3,))
    assert table.rows[0].receptive_field is None
    assert str(table).splitlines()[4].endswith(" 8 B")


class Parser(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.found = [], []

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.found.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_html_table_is_well_formed_and_says_what_its_cells_head():
    markup = summary(SimpleConvNet(), (1, 28, 28))._repr_html_()
    parser = Parser()
    parser.feed(markup)
    assert not parser.open
    tags = [tag for tag, _ in parser.found]
    assert tags.count("caption") == tags.count("thead") == tags.count("tfoot") == 1
    scopes = [attributes["scope"] for tag, attributes in parser.found if tag == "th"]
    assert scopes == ["col"] * 7 + ["row"] * 8
    assert tags.count("td") == 8 * 6
    region = parser.found[0][1]
    assert region["role"] == "region"
    assert region["tabindex"] == "0"
    assert region["aria-label"] == "SimpleConvNet on an input of 1×28×28"
    assert set(re.findall(r"color: ?([^;\"]*)", markup)) == {"inherit"}
    assert "#" not in markup
    assert re.search("<td [^>]*text-align: right[^>]*>432,000</td>", markup)


def test_names_are_escaped_in_html():
    network = Sequential(**{"<b>": ReLU()})
    assert "&lt;b&gt;" in summary(network, (1, 2, 2))._repr_html_()


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (69120, "67.5 KiB"), (2**21, "2 MiB")],
)
def test_memory_is_written_short(number, text):
    assert _bytes(number) == text
    assert _bytes(3 * 2**30) == "3.0 GiB"


class Kept(Layer):
    def forward(self, x):
        self.x = x
        return x + 0


def test_the_pass_runs_where_the_network_lives(kind):
    network = Sequential(Conv2d(1, 2, 3), Kept()).astype("float64")
    images = kind(np.zeros((1, 1, 5, 5)))
    network.to_device(images)
    row = summary(network, (1, 5, 5)).rows[-1]
    assert row.activation_bytes == 2 * 9 * 8
    assert "x" not in vars(network[1])
    assert type(network[0].weight.data) is type(images)
    assert to_numpy(network[0].bias.data).tolist() == [0, 0]
