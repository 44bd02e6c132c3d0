"""What the first page says of its figure."""

from lib.widgets import DrawADigit

NAMED = {"name": "a-3", "label": "a 3", "caption": "A 3."}


def with_longer_ends(share):
    """Return the figure's 3, both its ends led this share of the way to the middle."""
    (stroke,) = DrawADigit.start["strokes"]
    middle = min(stroke[len(stroke) // 3 : 2 * len(stroke) // 3], key=lambda point: point[0])

    def led_from(end):
        return [
            [a + (b - a) * step / 16 for a, b in zip(end, middle, strict=True)]
            for step in range(1, round(16 * share) + 1)
        ]

    first, last = stroke[0], stroke[-1]
    return DrawADigit(**NAMED, strokes=[led_from(first)[::-1] + stroke + led_from(last)])


def test_a_3_becomes_an_8_before_its_loops_are_closed_and_within_a_few_pixels():
    sure = [with_longer_ends(step / 16).probabilities() for step in range(17)]
    answers = [int(each.argmax()) for each in sure]
    assert answers[0] == 3
    assert answers[-1] == 8
    last_3 = max(step for step, answer in enumerate(answers) if answer == 3)
    first_8 = answers.index(8)
    assert first_8 <= 14  # of 16 steps
    # From almost sure to almost sure: the ends are about 8 pixels from the middle.
    pixels = 8 * (first_8 + 1 - (last_3 - 1)) / 16
    assert pixels <= 3
    assert sure[last_3 - 1][3] > 0.9
    assert sure[first_8 + 1][8] > 0.9
