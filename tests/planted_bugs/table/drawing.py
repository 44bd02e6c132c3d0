"""Mistakes in what makes a picture of a drawing, and in how a network is written for a page."""

from tests.planted_bugs.planting import in_file

BUGS = [
    *in_file(
        "lib/datasets/centering.py",
        "tests/widgets/test_drawing.py",
        drawing_is_centered_at_13=("np.floor(SIZE / 2 + 0.5", "np.floor(SIZE / 2 - 0.5"),
        drawing_is_centered_by_its_box=("small.sum(0) @ places", "(small.sum(0) > 0) @ places"),
        drawing_is_stretched=("max(np.ptp(rows), np.ptp(columns))", "np.ptp(rows)"),
    ),
    *in_file(
        "lib/datasets/centering.py",
        "tests/test_predict.py",
        ink_is_what_is_dark=("np.abs(gray - np.median(border))", "1 - gray"),
        paper_has_ink=("PAPER = 0.25", "PAPER = 0.0"),
    ),
    *in_file(
        "lib/widgets/drawing.py",
        "tests/widgets/test_drawing.py",
        drawing_takes_the_width_for_the_radius=("<= pen * pen / 4", "<= pen * pen"),
        drawing_has_square_ends=("np.clip((x * dx", "np.clip(0 * (x * dx"),
    ),
    *in_file(
        "lib/widgets/convnet.py",
        "tests/widgets/test_convnet.py",
        page_network_passes_over_groups=("layer.groups != 1", "layer.groups == 0"),
        page_network_is_big_endian=('"<f2"', '">f2"'),
    ),
    *in_file(
        "lib/widgets/base.py",
        "tests/widgets/test_digit.py",
        page_carries_shared_data_every_time=("seen.add(found[1])", "pass"),
    ),
]
