"""The cases in PyTorch: eager mode, in either of its memory formats."""

import numpy as np
import torch
from torch import nn

from benchmarks.twins import loss_twin, optimizer_twin, twin
from lib.trained.recipes import RECIPES


def make(case, memory_format):
    """Return a function that does the case once.

    Parameters
    ----------
    case : Case
    memory_format : torch.memory_format
    """
    images = torch.from_numpy(case.images()).to(memory_format=memory_format)
    if case.kind == "layer":
        return layer_passes(case, images, memory_format)
    recipe = RECIPES[case.recipe]
    ours = recipe.network(rng=np.random.default_rng(0))
    network = twin(ours).to(memory_format=memory_format)
    if case.kind == "infer":
        network.eval()

        def infer():
            with torch.inference_mode():
                network(images)

        return infer
    labels = torch.from_numpy(case.labels())
    loss = loss_twin(recipe.loss)
    optimizer = optimizer_twin(recipe.optimizer(ours), network)

    def step():
        optimizer.zero_grad()
        loss(network(images), labels).backward()
        optimizer.step()

    return step


def layer_passes(case, images, memory_format):
    """Return both passes of one layer."""
    arguments = dict(case.layer)
    layer = nn.Conv2d(*arguments.pop("channels"), **arguments).to(memory_format=memory_format)
    images.requires_grad_()
    dout = torch.ones_like(layer(images))

    def passes():
        images.grad = None
        layer.zero_grad()
        layer(images).backward(dout)

    return passes
