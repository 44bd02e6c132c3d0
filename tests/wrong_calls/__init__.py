"""The right calls of every public name, with what is wrong for each of their parameters."""

from tests.wrong_calls import book, layers, networks, training, transfer

CALLS = layers.CALLS | networks.CALLS | training.CALLS | book.CALLS | transfer.CALLS
