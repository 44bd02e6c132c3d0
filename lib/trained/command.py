"""What the commands of this room and of the studies share: one line for what went wrong."""

from lib.training.processes import Alone


def exit_status(work, when_stopped, parallel=None):
    """Do the work of a command; return 0, or say in one line what kept it from its end.

    Parameters
    ----------
    work : callable
        Called without arguments.
    when_stopped : str
        What to say after Ctrl-C.
    parallel : DataParallel, optional
        The processes that do this work together.

    Returns
    -------
    int
        0, 1 after an error that a reader can mend, 130 after Ctrl-C.
    """
    parallel = parallel or Alone()
    try:
        work()
    except KeyboardInterrupt as error:
        return parallel.last_word(error, f"\n{when_stopped}", 130)
    # What is missing, a disk that is full, what does not fit, a loss that is no number.
    except (OSError, ValueError, FloatingPointError) as error:
        return parallel.last_word(error, " ".join(str(error).split()), 1)
    return 0
