"""Several processes train as one would: ``mpiexec`` starts two and three of them."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lib.layers import BatchNorm1d, Dropout, Flatten, Linear, Sequential
from lib.optimizers import SGD
from lib.paths import PROJECT
from lib.serialization import read_arrays, read_json
from lib.trained.__main__ import main
from lib.training import DataParallel, Trainer, find_processes
from lib.training.processes import Alone
from tests import together
from tests.kinds import KINDS, assert_same_kind
from tests.requirements_present import skip_or_fail
from tests.tiny_training import dataset, figures, make_trainer, network

pytestmark = pytest.mark.slow
LIMIT_S = 120


@pytest.fixture(scope="module")
def mpiexec():
    """The command that starts processes, beside this Python or elsewhere."""
    try:
        from mpi4py import MPI  # noqa: F401
    except (ImportError, RuntimeError):
        skip_or_fail("mpi4py or an MPI library is missing: `pip install mpi4py mpich` brings both")
    beside = Path(sys.executable).with_name("mpiexec")
    found = str(beside) if beside.exists() else shutil.which("mpiexec")
    return found or skip_or_fail("there is no mpiexec, which starts processes that speak by MPI")


@pytest.fixture
def start(mpiexec):
    """Start processes of :mod:`tests.together`, and wait for their end."""

    def start(count, work, folder, **environment):
        command = [mpiexec, "-n", str(count), sys.executable, "-m", "tests.together"]
        threads = {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(PROJECT)}
        return subprocess.run(
            [*command, work, str(folder)],
            cwd=PROJECT,
            env={**os.environ, **threads, **environment},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
        )

    return start


@pytest.fixture
def work(start, tmp_path):
    """Let processes work, and return what each left."""

    def work(count, name, folder=tmp_path, **environment):
        ended = start(count, name, folder, **environment)
        assert ended.returncode == 0, ended.stderr
        return [read_arrays(folder / f"{rank}.npz") for rank in range(count)]

    return work


def assert_close(arrays, expected, atol=1e-10):
    assert arrays.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_allclose(arrays[name], array, rtol=0, atol=atol, err_msg=name)


@pytest.mark.parametrize("count", [2, 3])
def test_several_processes_train_as_one(work, count):
    """Dropout, augmentation and a short last batch included, over 21 steps."""
    one = together.plain_trainer()
    together.fit(one)
    assert one.steps_done == 21
    ranks = work(count, "as_one")
    for arrays in ranks:
        assert_close(arrays, together.results(one))
        assert all(np.array_equal(array, ranks[0][name]) for name, array in arrays.items())


def test_there_may_be_fewer_pictures_than_processes(work):
    one = together.plain_trainer()
    together.fit(one, epochs=2, batch_size=2)
    for arrays in work(3, "few_pictures"):
        assert_close(arrays, together.results(one))


def test_batch_normalization_keeps_the_mean_of_the_statistics_of_the_parts(work):
    ranks = work(2, "batch_norm")
    assert all(np.array_equal(array, ranks[0][name]) for name, array in ranks[1].items())

    whole = network()
    whole.astype("float64")
    images = dataset(9).images[np.random.default_rng([0, 1]).permutation(9)]
    images = together.as_doubles(images, np.random.default_rng([0, 1, 1]))
    mean, variance = 0, 0
    for part in (slice(0, 4), slice(4, 9)):
        seen = whole[0](images[part]).transpose(1, 0, 2, 3).reshape(4, -1)
        mean += seen.mean(axis=1) * len(images[part]) / 9
        variance += seen.var(axis=1, ddof=1) * len(images[part]) / 9
    np.testing.assert_allclose(ranks[0]["1.running_mean"], 0.1 * mean, rtol=1e-9)
    np.testing.assert_allclose(ranks[0]["1.running_var"], 0.9 + 0.1 * variance, rtol=1e-9)


def test_a_checkpoint_continues_on_another_number_of_processes(work, tmp_path):
    one = together.plain_trainer()
    together.fit(one, until=6)
    for count in (2, 3, 1):  # two epochs each
        ranks = work(count, "part_of_a_training")
    assert_close(ranks[0], together.results(one))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "0.npz", "1.npz", "2.npz", "run.npz",
    ]  # fmt: skip


def test_a_loss_that_is_no_number_on_one_process_ends_all_with_one_word(start, tmp_path):
    ended = start(2, "not_finite", tmp_path)
    assert ended.returncode == 1
    (said,) = re.findall(r"FloatingPointError: (.*)", ended.stderr)
    assert said.startswith("the loss is nan at step 5; the first output that is not finite is that")
    assert '"1" (Linear)' in said


def test_an_error_of_one_process_ends_all(start, tmp_path):
    ended = start(3, "error_on_one", tmp_path)
    assert ended.returncode != 0
    assert ended.stderr.count("ArithmeticError: one process alone cannot count") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_ends_all_with_one_word(start, tmp_path):
    ended = start(2, "full_disk", tmp_path)
    assert ended.returncode == 1
    assert len(re.findall(r"^\w*Error: .*checkpoints", ended.stderr, re.MULTILINE)) == 1
    assert "Abort" not in ended.stderr


def test_a_recipe_is_trained_by_two_processes_as_by_one(start, tmp_path):
    for count in (1, 2):
        ended = start(count, "recipe", tmp_path / str(count))
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout.count("accuracy on the test set, seed 0: ") == 1
    one, two = (read_json(tmp_path / n / "histories" / "simple_convnet.json") for n in "12")
    assert "processes" not in one["settings"]
    assert two["settings"].pop("processes") == 2
    assert one["settings"] == two["settings"]
    for figure in ("loss", "validation_loss"):
        pairs = zip(one["epochs"], two["epochs"], strict=True)
        assert all(a[figure] == pytest.approx(b[figure], rel=1e-4) for a, b in pairs)
    for name in ("weights/simple_convnet.npz", "histories/simple_convnet_filters.npz"):
        one, two = (read_arrays(tmp_path / n / name) for n in "12")
        assert_close(two, one, atol=1e-3)
    assert list((tmp_path / "2" / "checkpoints").iterdir()) == []


def test_a_recipe_of_two_seeds_leaves_the_files_that_one_process_leaves(start, tmp_path):
    ended = start(2, "recipe_of_two_seeds", tmp_path)
    assert ended.returncode == 0, ended.stderr
    found = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file())
    assert found == ["histories/mlp.json", "histories/mlp_seed4.json", "weights/mlp.npz"]


def test_ctrl_c_on_one_process_ends_all_with_one_word_and_loses_nothing(start, tmp_path):
    whole = start(2, "recipe", tmp_path / "whole")
    assert whole.returncode == 0, whole.stderr
    stopped = start(2, "recipe_and_ctrl_c", tmp_path / "stopped")
    assert stopped.returncode == 130
    assert (
        stopped.stderr.strip() == "stopped; the same command continues after the last whole epoch"
    )
    continued = start(2, "recipe", tmp_path / "stopped")
    assert "simple_convnet: continuing after epoch 1 of 4\n" in continued.stdout
    assert continued.stdout.count("continuing") == 1
    name = "weights/simple_convnet.npz"
    one, two = (read_arrays(tmp_path / n / name) for n in ("whole", "stopped"))
    assert all(np.array_equal(array, two[key]) for key, array in one.items())


def test_a_killed_process_ends_all_and_loses_nothing(start, tmp_path):
    killed = start(2, "recipe_and_kill", tmp_path)
    assert killed.returncode in (9, 128 + signal.SIGKILL, -signal.SIGKILL)
    assert "signal 9" in (killed.stdout + killed.stderr).lower()  # mpiexec's word
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["simple_convnet.npz"]
    continued = start(3, "recipe", tmp_path)
    assert continued.returncode == 0, continued.stderr
    assert "continuing after epoch 1 of 4" in continued.stdout


def test_without_mpi4py_the_command_says_once_how_to_get_it(start, tmp_path):
    hidden = tmp_path / "mpi4py"
    hidden.mkdir()
    (hidden / "__init__.py").write_text("raise ImportError('no such module')")
    ended = start(2, "recipe", tmp_path, PYTHONPATH=f"{tmp_path}{os.pathsep}{PROJECT}")
    assert ended.returncode == 1
    said = 'several processes need mpi4py and an MPI library (pip install -e ".[parallel]"): no '
    assert ended.stderr.count(said) == 1
    assert list(tmp_path.iterdir()) == [hidden]


# --- on several cards: stand-ins for CuPy and NCCL ----------------


@pytest.fixture
def stand_in():
    if "cupy-stand-in" not in KINDS:
        skip_or_fail("CuPy is installed here, so the stand-ins for it and for NCCL were not used")


@pytest.mark.parametrize(("count", "cards", "nccl"), [(2, 3, "1"), (2, 2, "0"), (3, 2, "1")])
def test_each_process_computes_on_its_card_and_nccl_adds_up(work, stand_in, count, cards, nccl):
    """Once a step; through the host where NCCL is missing, or a card is there for two."""
    one = together.plain_trainer()
    together.fit(one)
    ranks = work(count, "on_cards", CARDS=str(cards), NCCL=nccl)
    numbers = one.network.parameter_count() + 3  # loss, accuracy, whether to stop
    by_nccl = nccl == "1" and count <= cards
    for rank, arrays in enumerate(ranks):
        assert arrays.pop("card") == rank % cards
        assert arrays.pop("built") == by_nccl
        assert arrays.pop("sums").tolist() == [numbers] * one.steps_done * by_nccl
        assert_close(arrays, together.results(one))


def test_batch_normalization_on_cards_is_that_of_the_processor(work, stand_in, tmp_path):
    on_cards, here = tmp_path / "cards", tmp_path / "here"
    on_cards.mkdir()
    here.mkdir()
    (one, other), (expected, _) = (
        work(2, "batch_norm", on_cards, CARDS="2"),
        work(2, "batch_norm", here),
    )
    for arrays in (one, other):
        assert_close(arrays, expected)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("error_on_one", "ArithmeticError: one process alone cannot count"),
        ("not_finite", "FloatingPointError: the loss is nan at step 5; the first output that"),
        ("card_that_fails", "NcclError: NCCL_ERROR_SYSTEM_ERROR"),
        ("ctrl_c", "\nKeyboardInterrupt\n"),
    ],
)
def test_what_ends_one_process_on_its_card_ends_all(start, stand_in, tmp_path, name, message):
    ended = start(2, name, tmp_path, CARDS="2")
    assert ended.returncode != 0
    assert ended.stderr.count(message) == 1
    assert list(tmp_path.iterdir()) == []


# --- in one process ----------------


def test_mpi4py_is_missed_in_words(monkeypatch):
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    with pytest.raises(ImportError, match=r"^several processes need mpi4py and .*\[parallel\]"):
        DataParallel()


@pytest.mark.parametrize("kind", ["PMI", "OMPI_COMM_WORLD"])
def test_an_mpiexec_of_another_library_is_told(mpiexec, monkeypatch, capsys, kind):
    monkeypatch.setenv(f"{kind}_RANK", "0")
    monkeypatch.setenv(f"{kind}_SIZE", "2")
    with pytest.raises(ImportError, match="started 2 processes, and mpi4py sees 1, because"):
        find_processes()
    with pytest.raises(SystemExit, match="use the mpiexec beside this Python"):
        main(["mlp"])


@pytest.mark.parametrize("comm", [2, "world", True, np.ones(2), DataParallel])
def test_what_is_no_communicator_is_refused(mpiexec, comm):
    with pytest.raises(TypeError, match=r"^comm must be an? "):
        DataParallel(comm)


def test_without_mpiexec_a_process_is_alone():
    parallel = find_processes()
    assert type(parallel) is Alone
    assert (parallel.rank, parallel.size, parallel.leads) == (0, 1, True)
    assert parallel.part(7) == slice(0, 7)


def test_one_process_of_mpi_is_as_good_as_none_also_on_a_device(mpiexec, kind):
    x = kind(np.ones(1, np.float32))
    device = "cpu" if isinstance(x, np.ndarray) else x
    one, alone = (make_trainer(parallel=p, device=device) for p in (DataParallel(), None))
    runs = [t.fit(dataset(), dataset(7, 1), epochs=2, batch_size=10) for t in (one, alone)]
    for entry, other in zip(*map(figures, runs), strict=True):
        assert entry == pytest.approx(other, rel=1e-5)
    for array in one.network.state().values():
        assert_same_kind(array, x)


@pytest.mark.parametrize("count", [0, 1, 5, 7, 100])
def test_the_parts_make_up_the_whole(count):
    rows = []
    for rank in range(3):
        parallel = Alone()
        parallel.rank, parallel.size = rank, 3
        rows += range(count)[parallel.part(count)]
    assert rows == list(range(count))


def test_a_part_of_one_picture_is_refused_in_time():
    parallel = Alone()
    parallel.size = 3
    whole = Sequential(Flatten(), Linear(24, 3, rng=0), BatchNorm1d(3))
    trainer = Trainer(whole, SGD(whole), parallel=parallel, progress=False)
    message = "^a process's part of the last batch of an epoch would be one picture: "
    with pytest.raises(ValueError, match=message):
        trainer.fit(dataset(25), epochs=1, batch_size=10)


def test_a_layer_that_draws_otherwise_is_refused_in_words(mpiexec):
    class Noise(Dropout):
        def forward(self, x):
            return x + self.rng.normal(size=x.shape)

    whole = Sequential(Noise(0.5, rng=0), network())
    trainer = Trainer(whole, SGD(whole), parallel=DataParallel(), progress=False)
    with pytest.raises(AttributeError, match=r"has to draw by rng.random\(shape\), got rng.normal"):
        trainer.fit(dataset(), epochs=1)
