"""The loss that LeNet-5 was trained with."""

from lib.backend import array_namespace, full
from lib.losses import SoftmaxCrossEntropy
from lib.settings import as_number


class MaximumAPosteriori:
    r"""The loss of LeNet-5: softmax cross-entropy with one more class, for rubbish.

    .. math:: L = \frac1N \sum_n
        \Bigl(y_{n, t_n} + \log \bigl(e^{-j} + \sum_k e^{-y_{n k}}\bigr)\Bigr)

    where :math:`y` are the distances to the codes, the logits with the sign turned. No picture is
    labeled rubbish. A class whose distance is well above :math:`j` is not pushed away further.

    Parameters
    ----------
    rubbish : float, default 20.0
        :math:`j`, above 0. The source does not say which it took.

    Raises
    ------
    ValueError
        If `rubbish` is not above 0; later as :class:`~lib.losses.SoftmaxCrossEntropy`.

    Notes
    -----
    Source: LeCun, Bottou, Bengio and Haffner, *Gradient-based learning applied to document
    recognition* (1998), equation 9.

    Examples
    --------
    >>> import numpy as np
    >>> value, dlogits = MaximumAPosteriori(1.0)(np.array([[0.0, -1.0]]), np.array([0]))
    >>> round(value, 4)  # ln(1 + 2 / e): another class as likely as rubbish
    0.5514
    >>> dlogits.round(4)
    array([[-0.4239,  0.2119]])
    """

    def __init__(self, rubbish=20.0):
        self.rubbish = as_number(rubbish, "rubbish", above=0)
        self.cross_entropy = SoftmaxCrossEntropy()

    def __call__(self, logits, targets):
        """Return the mean loss and its gradient: see :class:`~lib.losses.SoftmaxCrossEntropy`."""
        self.cross_entropy(logits, targets)  # refuses what makes no sense
        rubbish = full((logits.shape[0], 1), -self.rubbish, like=logits)
        with_rubbish = array_namespace(logits).concat([logits, rubbish], axis=1)
        value, dlogits = self.cross_entropy(with_rubbish, targets)
        return value, dlogits[:, :-1]
