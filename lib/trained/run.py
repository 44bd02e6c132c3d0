"""One training by its recipe: from the data to the shipped files."""

from functools import partial

from lib.datasets import load_cifar10, load_mnist, load_mnist_sample
from lib.datasets.dataset import Splits
from lib.layers import Normalize
from lib.paths import as_path
from lib.serialization import write_arrays
from lib.settings import as_generator, as_instance
from lib.trained.recipes import RECIPES
from lib.trained.recording import CpuSeconds, FilterSnapshots
from lib.trained.stored import (
    DATA,
    as_known,
    build,
    check_project,
    filters_path,
    history_path,
    weights_path,
)
from lib.training import Checkpoint, EarlyStopping, Trainer, describe_machine
from lib.training.checkpoints import load_checkpoint
from lib.training.parts import as_parallel

LOADERS = {"mnist": partial(load_mnist, require_full=True), "cifar10": load_cifar10}
# Dense where much happens, then at the ends of some epochs of 540 steps.
SNAPSHOT_STEPS = (0, 1, 2, 5, 10, 20, 50, 100, 200, *(540 * n for n in (1, 2, 3, 4, 6, 8, 10, 12)))


def train(name, *, folder=DATA, splits=None, progress=True, parallel=None):
    """Train one network by its recipe, continuing where a stopped training was.

    Parameters
    ----------
    name : str
        A key of `RECIPES`.
    folder : path, optional
        Where the folders ``weights``, ``histories`` and ``checkpoints`` are; the project's
        ``data`` if not given.
    splits : Splits, optional
        The data; all that the recipe names if not given.
    progress : bool, default True
    parallel : DataParallel, optional
        The processes that train together; process 0 alone reads and writes files, and measures
        the result.

    Returns
    -------
    list of History
        One for each seed of the recipe. The first is that of the shipped weights.

    Raises
    ------
    ValueError
        If there is no recipe of that name.
    FileNotFoundError
        If the data is not on this machine; the message says how to get it. In an installed copy of
        the library, if no folder is given.
    """
    recipe = RECIPES[as_known(name, "recipe", RECIPES)]
    folder = as_path(folder, "folder")
    parallel = as_parallel(parallel)
    if folder == DATA:
        parallel.each_does(check_project)
    if splits is None:
        splits = parallel.each_does(partial(_data, recipe))
    as_instance(splits, "splits", Splits)
    checkpoints = [folder / "checkpoints" / f"{run_name(name, s)}.npz" for s in recipe.seeds]
    histories = []
    for seed, checkpoint in zip(recipe.seeds, checkpoints, strict=True):
        make = partial(make_trainer, recipe, seed, progress=progress, parallel=parallel)
        histories.append(_train_once(name, seed, checkpoint, folder, splits, make))
    # Kept until here, so that what is continued does not begin with the first seed again.
    if parallel.leads:
        for checkpoint in checkpoints:
            checkpoint.unlink()
    return histories


def _data(recipe):
    try:
        return LOADERS[recipe.data]()
    except FileNotFoundError as error:
        if recipe.data != "mnist":
            raise
        raise FileNotFoundError(f"{error} `make data` does it too.") from None


def run_name(name, seed):
    """Return what the training of one seed is called: the first has the network's own name."""
    return name if seed == RECIPES[name].seeds[0] else f"{name}_seed{seed}"


def _train_once(name, seed, checkpoint, folder, splits, make):
    recipe = RECIPES[name]
    cpu, best, filters = CpuSeconds(), None, None
    callbacks = [cpu, Checkpoint(checkpoint)]
    if recipe.keep == "best":
        # So patient that it never stops: it only gives the best weights back.
        best = EarlyStopping(recipe.epochs, figure="validation_accuracy")
        callbacks.append(best)
    if recipe.filters_of:
        filters = FilterSnapshots(recipe.filters_of, splits.validation, SNAPSHOT_STEPS)
        callbacks.insert(0, filters)
    trainer = make(splits.train, callbacks=callbacks)
    settings = _settings(name, seed, splits)
    settings["parameters"] = trainer.network.parameter_count()
    if trainer.parallel.size > 1:
        settings["processes"] = trainer.parallel.size
    trainer.history.settings = settings
    history = fit(trainer, recipe, splits, checkpoint)
    history.result = {
        "seconds": sum(history["seconds"]),
        "cpu_seconds": cpu.total,
        "epoch": best.best_epoch if best else recipe.epochs,
    }

    def store():
        run = run_name(name, seed)
        shipped = run == name
        path = weights_path(run, folder) if shipped else checkpoint.with_suffix(".weights.npz")
        trainer.network.save(path, dtype=recipe.stored_as)
        stored = build(settings).load(path)
        if not shipped:
            path.unlink()
        history.result |= _measure(stored, recipe, splits)
        if filters is not None and shipped:
            write_arrays(filters_path(run, folder), filters.arrays())
        history.save(history_path(run, folder))
        return history

    return trainer.parallel.first_does(store)


def make_trainer(recipe, seed, train, *, callbacks=(), progress=True, parallel=None):
    """Return a trainer with a new network, ready to follow a recipe.

    Parameters
    ----------
    recipe : Recipe
    seed : int
        Draws the first weights, and the order of the pictures.
    train : Dataset
        Its statistics normalize the pictures.
    callbacks : sequence of Callback
    progress : bool, default True
    parallel : DataParallel, optional
    """
    network = recipe.network(rng=as_generator(seed, "seed"))
    if recipe.normalized:
        network.prepend("normalize", Normalize.from_images(train.images))
    optimizer = recipe.optimizer(network)
    return Trainer(
        network,
        optimizer,
        recipe.loss,
        scheduler=recipe.schedule(optimizer, recipe.epochs),
        seed=seed,
        callbacks=callbacks,
        progress=progress,
        parallel=parallel,
    )


def fit(trainer, recipe, splits, checkpoint):
    """Follow a recipe to its end, from a checkpoint if there is one, and return the history.

    Raises
    ------
    ValueError
        If the checkpoint is that of another recipe.
    """
    checkpoint = as_path(checkpoint, "checkpoint")
    # Process 0 alone; the others begin each fit with its state.
    trainer.parallel.first_does(lambda: _continue(trainer, recipe, checkpoint))
    fit = partial(
        trainer.fit,
        splits.train,
        splits.validation,
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
    )
    if recipe.first_epochs:
        fit(until=recipe.first_epochs, augment=recipe.first_augment)
    return fit(until=recipe.epochs, augment=recipe.augment)


def _continue(trainer, recipe, checkpoint):
    """Load a checkpoint, if there is one."""
    if not checkpoint.exists():
        return
    settings = trainer.history.settings
    try:
        load_checkpoint(trainer, checkpoint)
        if (made_by := trainer.history.settings.get("recipe")) != settings["recipe"]:
            raise ValueError(
                f"{checkpoint}: made by another recipe, {made_by}; this one is {settings['recipe']}"
            )
    except ValueError as error:
        raise ValueError(f"{error}. Remove the file to train from the start") from None
    trainer.history.settings = settings  # of this machine, which finishes the training
    done = len(trainer.history.epochs)
    print(f"{checkpoint.stem}: continuing after epoch {done} of {recipe.epochs}", flush=True)


def _measure(network, recipe, splits):
    """Return what the stored weights reach.

    The test pictures are read here and nowhere else: nothing before was chosen by them.
    """
    trainer = Trainer(network, recipe.optimizer(network), recipe.loss)
    measured = trainer.evaluate(splits.test)
    result = {
        "validation_accuracy": trainer.evaluate(splits.validation)["accuracy"],
        "test_loss": measured["loss"],
        "test_accuracy": measured["accuracy"],
    }
    if recipe.data == "mnist":
        result["sample_accuracy"] = trainer.evaluate(load_mnist_sample())["accuracy"]
    return result


def _settings(name, seed, splits):
    """Return how the training is done, as JSON can hold it."""
    recipe = RECIPES[name]
    channels = splits.train.images.shape[1]
    return {
        "command": f"python -m lib.trained {name}",
        "network": recipe.network.func.__name__,
        "arguments": dict(recipe.network.keywords),
        "normalized": channels if recipe.normalized else None,
        "recipe": {
            **described_recipe(recipe),
            "seed": seed,
            "keep": recipe.keep,
            "stored_as": recipe.stored_as,
        },
        "pictures": recipe.data,
        "through_jpeg": "JPEG" in splits.source,
        "data": {part: len(getattr(splits, part)) for part in splits._fields},
        "machine": describe_machine(),
    }


def described_recipe(recipe):
    """Return how a recipe trains, as JSON can hold it."""
    return {
        "optimizer": described(recipe.optimizer),
        "schedule": recipe.schedule.__name__,
        "epochs": recipe.epochs,
        "batch_size": recipe.batch_size,
        "augmentation": described_augmentation(recipe),
        "loss": named(recipe.loss),
    }


def described_augmentation(recipe):
    """Return what is done to the training pictures, or None if they stay as they are."""
    first = f"{recipe.first_augment!r} for {recipe.first_epochs} epochs, then "
    augment = repr(recipe.augment) if recipe.augment else None
    return f"{first}{augment}" if recipe.first_epochs else augment


def named(loss):
    """Return the class of a loss, with the numbers that it was made with."""
    numbers = {name: value for name, value in vars(loss).items() if isinstance(value, float)}
    return described(partial(type(loss), **{n: v for n, v in numbers.items() if v}))


def described(made):
    """Return a class and its settings as one would write them.

    Examples
    --------
    >>> from lib.optimizers import SGD
    >>> described(partial(SGD, lr=0.01))
    'SGD(lr=0.01)'
    """
    settings = ", ".join(f"{name}={value!r}" for name, value in made.keywords.items())
    return f"{made.func.__name__}({settings})"
