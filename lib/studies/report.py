"""What the studies that compare trainings found, as tables in Markdown and in HTML."""

import html
import statistics

from lib.studies.comparing import FIGURES
from lib.trained.report import described_pictures, with_spread
from lib.trained.stored import as_known


def at_the_end(measured, figure):
    """Return a figure of the last epoch, one for each seed.

    Parameters
    ----------
    measured : dict
        What :func:`~lib.studies.comparing.compare` says of one variant.
    figure : str
        One of `FIGURES`.

    Raises
    ------
    ValueError
        If there is no such figure.
    """
    as_known(figure, "figure", FIGURES)
    return [run[-1] for run in measured[figure]]


def techniques_table(record):
    """Return what each technique reaches, a row for each, as HTML: Markdown groups no columns.

    Parameters
    ----------
    record : dict
        What ``load_study("techniques")`` returns.
    """
    pictures = described_pictures({**record["settings"]["data"]["cifar10"], "pictures": "cifar10"})
    groups = "".join(
        f'<th colspan="2" scope="colgroup">{name}</th>' for name in ("MNIST", pictures)
    )
    halves = '<th scope="col">training</th><th scope="col">validation</th>' * 2
    rows = []
    for label in record["mnist"]:
        cells = "".join(
            f"<td>{with_spread(at_the_end(record[data][label], figure))}</td>"
            for data in ("mnist", "cifar10")
            for figure in ("accuracy", "validation_accuracy")
        )
        rows.append(f'<tr><th scope="row">{html.escape(label)}</th>{cells}</tr>')
    return (
        '<div class="pst-scrollable-table-container"><table class="table grouped"><thead>'
        f'<tr><th rowspan="2" scope="col">one change</th>{groups}</tr><tr>{halves}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def depth_table(record):
    """Return what each network of the study ``depth`` reaches, a row for each."""
    lines = [
        "| network | parameters | training loss (nats) | training | validation |",
        "|:--|--:|--:|--:|--:|",
    ]
    for label, measured in record["variants"].items():
        cells = [
            label,
            f"{measured['parameters']:,}",
            f"{statistics.mean(at_the_end(measured, 'loss')):.2f}",
            with_spread(at_the_end(measured, "accuracy")),
            with_spread(at_the_end(measured, "validation_accuracy")),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def transfer_table(record):
    """Return the validation accuracies of the study ``transfer``: ways across, pictures down."""
    reached = {}
    for label, measured in record["variants"].items():
        way, _, count = label.rpartition(" ")
        accuracies = at_the_end(measured, "validation_accuracy")
        reached.setdefault(int(count), {})[way] = with_spread(accuracies)
    ways = list(next(iter(reached.values())))
    lines = [
        f"| pictures of each class | {' | '.join(ways)} |",
        f"|--:|{'--:|' * len(ways)}",
    ]
    for count, cells in reached.items():
        lines.append(f"| {count:,} | {' | '.join(cells[way] for way in ways)} |")
    return "\n".join(lines)
