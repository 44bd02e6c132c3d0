"""Learning-rate schedules follow PyTorch's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import schedulers
from lib.layers import Linear
from lib.optimizers import SGD

pytestmark = pytest.mark.parity
EPOCHS = 12

gammas = st.floats(0.05, 0.95)
counts = st.integers(1, 8)
CASES = {
    "StepLR": st.tuples(counts, gammas).map(lambda case: (case, case)),
    "MultiStepLR": st.tuples(st.lists(counts, max_size=4, unique=True).map(sorted), gammas).map(
        lambda case: (case, case)
    ),
    "ExponentialLR": st.tuples(gammas).map(lambda case: (case, case)),
    # PyTorch's cosine goes up again after its last epoch; ours stays.
    "CosineAnnealingLR": st.tuples(st.integers(EPOCHS, 20), st.floats(0, 0.1)).map(
        lambda case: (case, case)
    ),
    "LinearLR": st.tuples(counts, gammas, gammas).map(
        lambda case: (case, (case[1], case[2], case[0]))
    ),
}


def pair_of_optimizers(torch, lr):
    weight = torch.nn.Parameter(torch.zeros(1))
    return SGD(Linear(1, 1), lr=lr), torch.optim.SGD([weight], lr=lr)


def compare(ours, theirs, schedule, their_schedule, figures=None):
    for epoch in range(EPOCHS):
        assert ours.lr == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-12), epoch
        theirs.step()  # PyTorch warns of a schedule that steps before its optimizer
        if figures is None:
            schedule.step()
            their_schedule.step()
        else:
            (value,) = figures[epoch].values()
            schedule.step(figures[epoch])
            their_schedule.step(value)


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
def test_schedules(torch, name, data):
    settings, their_settings = data.draw(CASES[name])
    ours, theirs = pair_of_optimizers(torch, 0.3)
    schedule = getattr(schedulers, name)(ours, *settings)
    their_schedule = getattr(torch.optim.lr_scheduler, name)(theirs, *their_settings)
    compare(ours, theirs, schedule, their_schedule)


@given(
    st.sampled_from(["validation_loss", "validation_accuracy"]),
    st.floats(0.1, 0.9),
    st.integers(0, 3),
    st.sampled_from([1e-4, 0.1]),
    st.sampled_from([0.0, 0.05]),
    st.lists(st.sampled_from([0.5, 0.51, 0.6, 0.8, 0.82, 1.0]), min_size=EPOCHS, max_size=EPOCHS),
)
def test_plateau(torch, figure, factor, patience, threshold, lr_min, values):
    ours, theirs = pair_of_optimizers(torch, 0.3)
    schedule = schedulers.ReduceLROnPlateau(ours, figure, factor, patience, threshold, lr_min)
    their_schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(
        theirs,
        "max" if figure.endswith("accuracy") else "min",
        factor,
        patience,
        threshold,
        min_lr=lr_min,
        eps=0,
    )
    compare(ours, theirs, schedule, their_schedule, [{figure: value} for value in values])


@given(counts, gammas, gammas)
def test_warm_up_is_a_line_and_then_the_schedule(torch, epochs, start_factor, gamma):
    ours, theirs = pair_of_optimizers(torch, 0.3)
    schedule = schedulers.WarmUp(schedulers.ExponentialLR(ours, gamma), epochs, start_factor)
    library = torch.optim.lr_scheduler
    their_schedules = [
        library.LinearLR(theirs, start_factor, total_iters=epochs),
        library.ExponentialLR(theirs, gamma),
    ]
    compare(ours, theirs, schedule, library.SequentialLR(theirs, their_schedules, [epochs]))
