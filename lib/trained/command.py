"""What the commands of this room and of the studies share: one line for what went wrong."""

import sys


def exit_status(work, when_stopped):
    """Do the work of a command; return 0, or say in one line what kept it from its end.

    Parameters
    ----------
    work : callable
        Called without arguments.
    when_stopped : str
        What to say after Ctrl-C.

    Returns
    -------
    int
        0, 1 after an error that a reader can mend, 130 after Ctrl-C.
    """
    try:
        work()
    except KeyboardInterrupt:
        print(f"\n{when_stopped}", file=sys.stderr)
        return 130
    # What is missing, a disk that is full, what does not fit, a loss that is no number.
    except (OSError, ValueError, FloatingPointError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 1
    return 0
