"""Calls of data, and what the chapters need."""

from lib import datasets, exercises, explore, layers, studies, trained, widgets
from tests.wrong_calls.kinds import (
    FLAG,
    IMAGES,
    LABELS,
    NOTHING,
    PAIR,
    Kind,
    choice,
    dataset,
    images,
    reading,
)

CALLS = {}  # name: function, parameters


def call(name, function, /, **parameters):
    CALLS[name] = (function, parameters)


# --- data ----------------
call(
    "Dataset",
    datasets.Dataset,
    images=IMAGES.less("channels last", "complex", "integers"),
    labels=LABELS.less("out of range", "a list"),
    name=Kind("digits", {"a number": 3, "a class": layers.Linear}),
)
call(
    "Dataset[]",
    lambda index: dataset()[index],
    index=Kind(slice(0, 2), {"None": None, "a text": "first", "too large": 99, "a fraction": 1.5}),
)
call(
    "load_mnist",
    datasets.load_mnist,
    path=Kind(
        None, {"a number": 3, "a list": ["x"], "a folder that is not there": "nowhere/at/all"}
    ),
    require_full=FLAG.being(False),
)
call(
    "load_image_folder",
    datasets.load_image_folder,
    path=reading("{folder}/pets"),
    size=PAIR.less("a list").being((8, 8)),
    color=choice("rgb"),
    fit=choice("crop"),
    skip_unreadable=FLAG,
    name=Kind("pets", {"a number": 3}),
)
call(
    "load_photograph",
    datasets.load_photograph,
    name=choice("cat"),
    color=choice("rgb"),
    size=PAIR.less("a list").being((8, 8)),
    fit=choice("crop"),
)
SYNSETS = Kind(datasets.load_wordnet, NOTHING | {"a number": 3, "a list": ["cat"]})
call("steps_up", datasets.steps_up, synsets=SYNSETS, name=choice("cat"))
for _name in ("path_between", "path_similarity"):
    call(
        _name,
        getattr(datasets, _name),
        synsets=SYNSETS,
        first=choice("cat"),
        second=choice("dog"),
    )


# --- what the chapters need  ----------------
call(
    "check",
    exercises.check,
    name=Kind(
        "convolution-1",
        {"None": None, "a misspelling": "convolutoin-1", "a number": 1, "a function": print},
    ),
    answer=Kind(lambda: lambda *a: None, {}),
)
NAMED = {"None": None, "a number": 1, "a function": print, "empty": ""}
call(
    "predict",
    exercises.predict,
    name=Kind("convolution-stride", NAMED | {"a misspelling": "convolution-strid"}),
)
call("quiz", exercises.quiz, chapter=Kind("convolution", NAMED | {"a name": "convolution-1"}))
call("solution", exercises.solution, name=Kind("convolution-1", NAMED | {"none": "convolution-99"}))
call("load_trained", trained.load_trained, name=choice("mlp"))
call("load_history", trained.load_history, name=choice("mlp"))
call("load_filters", trained.load_filters, name=choice("simple_convnet"))
call(
    "train recipe",
    trained.train,
    name=Kind("mlp", choice("mlp").wrong),
    parallel=Kind(None, {"a number": 2, "a text": "mpi", "true": True}),
)
call("load_study", studies.load_study, name=choice("errors"))
call("run_study", studies.run_study, name=Kind("errors", choice("errors").wrong))
VALUES = Kind(
    [1, 2], {"None": None, "a text": "ab", "empty": [], "a number": 3, "nested": [[1], [2]]}
)
for control in (explore.Slider, explore.Buttons, explore.Play, explore.Stepper):
    call(
        control.__name__,
        control,
        values=VALUES.also(falling=[2, 1]) if control is explore.Stepper else VALUES,
        value=Kind(1, {"not among them": 7}),
        label=Kind("n", {"a number": 3}),
        format=Kind("{:g}", {"a number": 3, "two places": "{} {}", "a misspelling": "{:z}"}),
    )


NAME = Kind(
    "one-window",
    {"None": None, "a number": 3, "empty": "", "a space": "one window", "a capital": "One"},
)
CAPTION = Kind(
    "A window, and `code`.", {"None": None, "a number": 3, "empty": "", "open code": "A `window."}
)


def draw(n):
    from lib.figures.style import new_figure

    return new_figure()[0]


call(
    "explore",
    lambda draw, name, alt, n, format, caption, paper: explore.explore(
        draw, name=name, alt=alt, n=n, format=format, caption=caption, paper=paper
    ),
    draw=Kind(
        lambda: draw,
        {"None": None, "a text": "draw", "a number": 3, "no such argument": lambda k: None},
    ),
    alt=Kind(
        "{n} lines",
        {"None": None, "a number": 3, "a brace": "{", "no such slider": "{k}", "empty": ""},
    ),
    n=Kind([1, 2], {"None": None, "empty": [], "a text": "ab"}),
    format=choice("svg"),
    name=NAME,
    caption=CAPTION,
    paper=Kind(
        [{"n": 2}],
        {
            "a number": 3,
            "a state alone": {"n": 2},
            "no states": ["n"],
            "no such control": [{"k": 2}],
            "no such value": [{"n": 3}],
            "twice": [{"n": 2}, {"n": 2}],
        },
    ),
)


def axes():
    from lib.figures.style import new_figure

    return new_figure()[1]


TARGET = Kind(1, {"None": None, "a list": [1]})
AXES = Kind(axes, {"None": None, "a number": 3, "a figure": lambda: axes().figure})
call(
    "touchable",
    lambda artist, n: explore.touchable(artist, n=n),
    artist=Kind(
        lambda: axes().text(0, 0, "x"),
        {"None": None, "a text": "x", "a picture": lambda: axes().imshow([[1]])},
    ),
    n=TARGET,
)
call(
    "touchable_area",
    lambda axes, x0, n: explore.touchable_area(axes, x0, 1, 0, 1, n=n),
    axes=AXES,
    x0=Kind(0, {"None": None, "a text": "left"}),
    n=TARGET,
)
call(
    "touchable_along",
    explore.touchable_along,
    axes=AXES,
    x_values=Kind([1, 2], {"None": None, "one": [1], "twice": [1, 1], "texts": ["a", "b"]}),
    name=Kind("n", {"None": None, "a number": 3}),
    values=Kind([3, 4], {"too many": [1, 2, 3], "nested": [[1], [2]]}),
)
call(
    "show",
    lambda figure, name, alt, caption: explore.show(figure, name=name, alt=alt, caption=caption),
    figure=Kind(
        lambda: draw(1), {"None": None, "a text": "x", "an array": images(), "a function": draw}
    ),
    alt=Kind("text", {"None": None, "a number": 3, "empty": ""}),
    name=NAME,
    caption=CAPTION,
)
call(
    "Microscope",
    lambda name, caption, paper: widgets.Microscope(
        name=name, label="A window.", caption=caption, paper=paper
    ),
    name=NAME,
    caption=CAPTION,
    paper=Kind(
        {"padded": {"padding": 1}},
        {
            "a list": [{"padding": 1}],
            "nothing": [],
            "no state": {"padded": 1},
            "no such part": {"padded": {"border": 1}},
            "no such value": {"padded": {"padding": -1}},
        },
    ),
)
