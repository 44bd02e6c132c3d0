"""The names in an archive, many of which were written without a word on their encoding.

A zip made by Windows holds names in the code page of its country, one made by macOS holds UTF-8,
and neither says so; read as the format has it (code page 437), 猫 becomes ``îó``. A folder's name
becomes a label, so it is never guessed: what is not UTF-8 has to be told.
"""

import struct
import zlib

UTF8_FLAG = 0x800
UNICODE_PATH = 0x7075  # the extra field in which Info-ZIP, WinZip and WinRAR repeat a name
# The code pages of Japan, China, Taiwan, Korea, Russia, western Europe and the United States.
USUAL = ("cp932", "gbk", "big5", "cp949", "cp866", "cp850", "cp437")


def zip_name(member, path, encoding=None):
    """Return the name of a file in a zip.

    It is what the zip says it is; else, where it is no ASCII, in `encoding`, by default UTF-8.

    Parameters
    ----------
    member : zipfile.ZipInfo
    path : Path
        Of the archive, for messages.
    encoding : str, optional

    Raises
    ------
    ValueError
        As `decoded_name`.
    """
    if member.flag_bits & UTF8_FLAG:
        return member.filename
    raw = member.orig_filename.encode("cp437")  # what zipfile has decoded, every byte of it
    told = _unicode_path(member.extra, raw)
    return told or decoded_name(raw.partition(b"\0")[0], path, encoding)


def decoded_name(raw, path, encoding=None):
    r"""Return the name that bytes stand for, in `encoding`, by default UTF-8.

    Raises
    ------
    ValueError
        If it is in another encoding; where none was given, only if the folders' names are no
        ASCII: they are the labels.

    Examples
    --------
    >>> decoded_name("猫/1.png".encode("cp932"), "pets.zip", "cp932")
    '猫/1.png'
    >>> decoded_name("cat/ねこ.png".encode("cp932"), "pets.zip")
    'cat/\\x82\\xcb\\x82\\xb1.png'
    """
    try:
        return raw.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        folders = raw.replace(b"\\", b"/").rpartition(b"/")[0]
        if encoding is not None:
            raise ValueError(f"{path}: the name {raw!r} is not in encoding {encoding!r}") from None
        if folders.isascii():
            return raw.decode("ascii", "backslashreplace")
        raise ValueError(
            f"{path}: the folder's name {folders!r} is not UTF-8, and nothing says what it is; "
            f"choose with encoding: {_readings(folders)}"
        ) from None


def check_encoding(encoding):
    """Refuse an encoding that Python does not know.

    Raises
    ------
    TypeError, ValueError
    """
    if encoding is None:
        return
    if not isinstance(encoding, str):
        raise TypeError(f"encoding must be the name of an encoding, got {encoding!r}")
    try:
        b"a".decode(encoding)
    except (LookupError, ValueError):
        raise ValueError(f"encoding must be one that Python knows, got {encoding!r}") from None


def _unicode_path(extra, raw):
    """Return the name in the extra field, unless the file was renamed by who does not know it."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == UNICODE_PATH and len(field) > 5:
            version, checksum = struct.unpack_from("<BL", field)
            if version == 1 and checksum == zlib.crc32(raw):
                return field[5:].decode()
    return None


def _readings(raw):
    """Show how bytes read in the usual code pages, for a reader to choose by eye."""
    shown = {}
    for encoding in USUAL:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.isprintable():
            shown.setdefault(text, encoding)
    return ", ".join(f'"{encoding}" reads {text!r}' for text, encoding in shown.items())
