"""Calls of optimizers, schedules, training, and files."""

import numpy as np

from lib import layers, losses, optimizers, schedulers, serialization, training
from tests.wrong_calls.kinds import (
    COUNT,
    DATASET,
    FLAG,
    FUNCTION,
    IMAGES,
    LABELS,
    NETWORK,
    NOTHING,
    NUMBER,
    OPTIMIZER,
    POSITIVE,
    RATE,
    SHARE,
    Kind,
    choice,
    dataset,
    images,
    network,
    optimizer,
    path,
    reading,
    small_convnet,
)


def trainer(**settings):
    net = network()
    return training.Trainer(net, optimizers.SGD(net, 0.1), progress=False, **settings)


def with_its_optimizer(given):
    """Return a network and its optimizer; what is given stands for the network if it is wrong."""
    right = network()
    return (right if isinstance(given, str) and given == "right" else given), optimizers.SGD(
        right, 0.1
    )


def stepping():
    """Return an optimizer whose network has its gradients."""
    made = optimizer()
    for parameter in made.parameters.values():
        parameter.grad = np.zeros_like(parameter.data)
    return made


CALLS = {}  # name: function, parameters


def call(name, function, /, **parameters):
    CALLS[name] = (function, parameters)


# --- optimizers and schedules  ----------------
for _name in ("SGD", "Momentum", "Nesterov", "AdaGrad", "RMSProp", "Adam", "AdamW"):
    call(
        _name,
        getattr(optimizers, _name),
        network=NETWORK,
        lr=RATE.less("zero"),
        weight_decay=RATE.less("zero"),
        l1=RATE.less("zero"),
        rates=Kind(
            lambda: {"fc": 0.1},
            {
                "a number": 0.1,
                "a list": [0.1],
                "a text": "fc",
                "unknown": {"head": 0.1},
                "below zero": {"fc": -1},
                "a text inside": {"fc": "slow"},
                "a number as a name": {3: 0.1},
            },
        ),
    )
BETAS = Kind(
    (0.9, 0.99),
    NOTHING
    | {
        "three": (0.9, 0.9, 0.9),
        "one": (0.9,),
        "a number": 0.9,
        "above one": (0.9, 1.1),
        "nan": (np.nan, 0.9),
    },
)
call(
    "Momentum settings",
    lambda momentum: optimizers.Momentum(network(), momentum=momentum),
    momentum=SHARE,
)
call(
    "RMSProp settings",
    lambda alpha, eps: optimizers.RMSProp(network(), alpha=alpha, eps=eps),
    alpha=SHARE,
    eps=RATE.less("zero"),
)
call(
    "Adam settings",
    lambda betas, eps, amsgrad: optimizers.Adam(network(), betas=betas, eps=eps, amsgrad=amsgrad),
    amsgrad=FLAG,
    betas=BETAS,
    eps=RATE.less("zero"),
)
call(
    "AdamW settings",
    lambda betas, eps: optimizers.AdamW(network(), betas=betas, eps=eps),
    betas=BETAS,
    eps=RATE.less("zero"),
)
call("StepLR", schedulers.StepLR, optimizer=OPTIMIZER, step_size=POSITIVE, gamma=RATE)
call(
    "MultiStepLR",
    schedulers.MultiStepLR,
    optimizer=OPTIMIZER,
    milestones=Kind(
        (1, 2),
        NOTHING | {"a number": 3, "fractions": (1.5,), "below zero": (-1,)},
    ),
    gamma=RATE,
)
call("ExponentialLR", schedulers.ExponentialLR, optimizer=OPTIMIZER, gamma=RATE)
call(
    "CosineAnnealingLR",
    schedulers.CosineAnnealingLR,
    optimizer=OPTIMIZER,
    epochs=POSITIVE,
    lr_min=RATE.less("zero").being(0.01),
)
call(
    "LinearLR",
    schedulers.LinearLR,
    optimizer=OPTIMIZER,
    epochs=POSITIVE,
    start_factor=RATE,
    end_factor=RATE.less("zero"),
)
call(
    "WarmUp",
    schedulers.WarmUp,
    schedule=Kind(
        lambda: schedulers.StepLR(optimizer(), 1),
        NOTHING | {"an optimizer": optimizer(), "a number": 3},
    ),
    epochs=POSITIVE,
    start_factor=RATE,
)
call(
    "ReduceLROnPlateau",
    schedulers.ReduceLROnPlateau,
    optimizer=OPTIMIZER,
    figure=choice("loss").less("a misspelling"),
    factor=RATE.also(**{"one": 1.0, "above one": 1.5}),
    patience=COUNT,
    threshold=RATE.less("zero"),
    lr_min=RATE.less("zero"),
)


# --- training ----------------
call(
    "Trainer settings",
    lambda seed, progress, device: (
        trainer(seed=seed, device=device)
        and training.Trainer(*(lambda n: (n, optimizers.SGD(n)))(network()), progress=progress)
    ),
    seed=COUNT,
    progress=FLAG,
    device=Kind("cpu", {"None": None, "a misspelling": "cup", "a number": 0}),
)
call(
    "Trainer network",
    lambda network: training.Trainer(*with_its_optimizer(network)),
    network=Kind("right", NETWORK.wrong | {"another network": network()}),
)
call(
    "Trainer optimizer",
    lambda optimizer: training.Trainer(
        *(
            (network(), optimizer)
            if not isinstance(optimizer, str) or optimizer != "right"
            else with_its_optimizer("right")
        )
    ),
    optimizer=OPTIMIZER.being("right").also(**{"a class": optimizers.SGD}),
)
call(
    "Trainer loss",
    lambda loss: trainer(loss=loss),
    loss=Kind(
        lambda: losses.SoftmaxCrossEntropy(),
        {"a text": "cross-entropy", "a number": 3, "a class": losses.SoftmaxCrossEntropy},
    ),
)
call(
    "Trainer scheduler",
    lambda scheduler: trainer(scheduler=scheduler),
    scheduler=Kind(
        None,
        {
            "a text": "cosine",
            "a number": 3,
            "a class": schedulers.StepLR,
            "another optimizer's": schedulers.StepLR(optimizer(), 1),
            "an optimizer": optimizer(),
        },
    ),
)
call(
    "Trainer callbacks",
    lambda callbacks: trainer(callbacks=callbacks),
    callbacks=Kind(
        (),
        {
            "None": None,
            "a text": "early",
            "a class": training.EarlyStopping,
            "one": training.EarlyStopping(2),
            "a list of classes": [training.EarlyStopping],
            "a number": 3,
            "functions": [print],
        },
    ),
)
call(
    "Trainer parallel",
    lambda parallel: trainer(parallel=parallel),
    parallel=Kind(
        None,
        {"a number": 2, "a text": "mpi", "true": True, "a class": training.DataParallel},
    ),
)
call("find_processes", training.find_processes)
call(
    "fit",
    lambda **given: trainer().fit(**given),
    train=DATASET,
    drop_last=FLAG.being(False),
    validation=DATASET.less("None"),
    epochs=POSITIVE.being(1),
    batch_size=POSITIVE,
    augment=FUNCTION.being(None).less("None"),
)
call(
    "fit until",
    lambda until: trainer().fit(dataset(), epochs=2, until=until),
    until=POSITIVE.being(1).less("None").also(**{"too late": 3}),
)
call(
    "evaluate",
    lambda dataset, batch_size: trainer().evaluate(dataset, batch_size),
    dataset=DATASET,
    batch_size=POSITIVE,
)
call(
    "load_checkpoint",
    lambda path: (
        trainer().save_checkpoint(path) if "made" in str(path) else None,
        trainer().load_checkpoint(path),
    ),
    path=reading("{folder}/made.npz"),
)
call("save_checkpoint", lambda path: trainer().save_checkpoint(path), path=path("{folder}/c.npz"))
call(
    "EarlyStopping",
    training.EarlyStopping,
    patience=POSITIVE,
    figure=choice("loss").less("a misspelling"),
)
call("Threshold", training.Threshold, figure=choice("loss").less("a misspelling"), value=NUMBER)
call(
    "BestWeights",
    training.BestWeights,
    path=path("{folder}/b.npz"),
    figure=choice("loss").less("a misspelling"),
)
call(
    "Checkpoint",
    training.Checkpoint,
    path=path("{folder}/c.npz").also(**{"another ending": "w.pt"}),
)
call(
    "EarlyStopping in fit",
    lambda figure: trainer(callbacks=[training.EarlyStopping(2, figure)]).fit(dataset(), epochs=1),
    figure=Kind("loss", {"a misspelling": "no such figure", "no validation": "validation_loss"}),
)
call("History.load", training.History.load, path=reading("{folder}/h.json"))
call("History.save", lambda path: training.History().save(path), path=path("{folder}/h2.json"))
call(
    "History[]",
    lambda name: training.History([{"epoch": 1, "loss": 1.0}])[name],
    name=Kind("loss", {"a misspelling": "lss", "None": None, "a number": 0}),
)
call(
    "first_nonfinite",
    training.first_nonfinite,
    network=NETWORK.less("a data set", "an array", "a list").being(network),
    x=IMAGES,
)
call(
    "range_test",
    lambda network, train, lrs, loss, batch_size, seed: training.range_test(
        *with_its_optimizer(network), train, lrs, loss=loss, batch_size=batch_size, seed=seed
    ),
    network=NETWORK.being("right").less("a text"),
    train=DATASET,
    lrs=Kind(
        (0.1, 0.2),
        NOTHING | {"a number": 0.1, "falling": (0.2, 0.1), "from zero": (0.0, 1.0), "none": ()},
    ),
    loss=FUNCTION.less("None").being(lambda: losses.SoftmaxCrossEntropy()),
    batch_size=POSITIVE,
    seed=COUNT.less("None"),
)
call(
    "update_ratios",
    training.update_ratios,
    optimizer=Kind(stepping, OPTIMIZER.wrong | {"before the backward pass": optimizer()}),
)


# --- files ----------------
call("serialization.save", serialization.save, network=NETWORK, path=path("{folder}/w.npz"))
call(
    "serialization.load",
    lambda network, path: serialization.load(network, path),
    network=Kind(small_convnet, NETWORK.wrong),
    path=reading("{folder}/there.npz"),
)
call("read_arrays", serialization.read_arrays, path=reading("{folder}/there.npz"))
call(
    "read_safetensors",
    lambda path: serialization.read_safetensors(path),
    path=reading("{folder}/there.safetensors"),
)
call(
    "write_arrays",
    serialization.write_arrays,
    path=path("{folder}/a.npz"),
    arrays=Kind(
        lambda: {"a": images()},
        {
            "None": None,
            "a text": "a",
            "a list": [images()],
            "objects": {"a": np.array([None])},
            "an array": images(),
        },
    ),
)
call(
    "write_json",
    serialization.write_json,
    path=path("{folder}/a.json"),
    data=Kind({"a": 1}, {"an array": {"a": images()}, "a class": {"a": layers.Linear}}),
)


# --- shards ----------------
MESSAGES = Kind(
    lambda: [np.ones(4), np.ones(4)],
    NOTHING
    | {
        "a number": 3.0,
        "numbers": [1.0, 2.0],
        "no message": [],
        "other lengths": [np.ones(4), np.ones(3)],
        "two axes": [np.ones((2, 2))] * 2,
    },
)
call(
    "shard_gradients",
    training.shard_gradients,
    network=NETWORK,
    images=IMAGES,
    labels=LABELS.less("a list"),
)
call(
    "weighted_mean",
    training.weighted_mean,
    gradients=Kind(
        lambda: [{"w": np.ones(2)}, {"w": np.zeros(2)}],
        NOTHING | {"arrays": [np.ones(2), np.ones(2)], "too few": [{"w": np.ones(2)}]},
    ),
    counts=Kind(
        (2, 1),
        NOTHING
        | {
            "a number": 3,
            "fractions": (0.5, 0.5),
            "below zero": (2, -1),
            "none": (0, 0),
            "one": (2,),
        },
    ),
)
call("ring_steps", training.ring_steps, messages=MESSAGES)
call("ring_all_reduce", training.ring_all_reduce, messages=MESSAGES)
