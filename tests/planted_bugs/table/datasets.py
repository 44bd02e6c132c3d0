"""Mistakes in reading, checking and fetching data sets."""

from tests.planted_bugs.planting import in_file

BUGS = [
    *in_file(
        "lib/datasets/archives.py",
        "tests/datasets/test_archives.py tests/datasets/test_image_folder.py",
        litter_in_other_letters_is_a_picture=("part.lower() in LITTER", "part in LITTER"),
        a_pipe_is_waited_for=("if place.exists() and not place.is_file():", "if False:"),
        a_pipe_in_place_of_an_archive_is_opened=("elif not path.is_file():", "elif False:"),
        a_file_of_any_size_is_read=("    if size > MOST_BYTES:", "    if False:"),
        deflate64_is_tried=("if member.compress_type not in PACKINGS:", "if False:"),
        a_claim_beyond_memory_is_no_damage=("    MemoryError,  #", "    #"),
    ),
    *in_file(
        "lib/datasets/archive_names.py",
        "tests/datasets/test_archives.py",
        an_unknown_encoding_is_guessed=("        if folders.isascii():", "        if True:"),
        a_name_said_to_be_unicode_is_not_believed=("return told or decoded", "return decoded"),
        a_name_of_before_a_change_is_believed=(" and checksum == zlib.crc32(raw)", ""),
        the_separator_of_windows_is_found_within_a_letter=(
            "raw = member.orig_filename.encode",
            'raw = member.orig_filename.replace("\\\\", "/").encode',
        ),
    ),
    *in_file(
        "lib/datasets/pictures.py",
        "tests/datasets/test_pictures.py",
        postscript_is_run=("io.BytesIO(data), formats=known)", "io.BytesIO(data))"),
        damaged_exif_damages_the_picture=(
            "    except Exception:  # the pixels",
            "    except ZeroDivisionError:  # the pixels",
        ),
        a_picture_lies_on_its_side=("else image.transpose(turn)", "else image"),
        orientations_6_and_8_change_places=(
            "    6: Image.Transpose.ROTATE_270",
            "    6: Image.Transpose.ROTATE_90",
        ),
        a_clear_gray_of_16_bits_is_lost=("gray[wide == clear] = 255", "pass"),
        a_clear_gray_of_4_bits_is_lost=("in (2, 4) and", "in (2,) and"),
        a_clear_color_of_16_bits_is_lost=('image.mode == "RGB" and depth == 16', "False"),
        whole_numbers_of_any_range_are_read=('image.mode == "I" and kind == "TIFF"', "False"),
        twice_too_many_pixels_are_read=(
            'simplefilter("error", Image',
            'simplefilter("ignore", Image',
        ),
    ),
    *in_file(
        "lib/datasets/content.py",
        "tests/datasets/test_download.py tests/datasets/test_mnist.py",
        gzip_unpacks_without_end=("packed.read(entry.most_bytes)", "packed.read()"),
        a_file_without_end_is_read=("if path.stat().st_size > longest", "if 0 > longest"),
        the_checksum_of_gzip_is_not_read=("more = packed.read(1)", 'more = b""'),
    ),
    *in_file(
        "lib/datasets/download.py",
        "tests/datasets/test_download.py",
        a_download_has_no_end=("        if total > most:", "        if False:"),
        the_clock_starts_anew_with_each_piece=(
            "if total - counted >= PATIENCE * SLOWEST:",
            "if True:",
        ),
        the_clock_is_never_started_anew=("if total - counted >= PATIENCE * SLOWEST:", "if False:"),
    ),
    *in_file(
        "lib/datasets/lock.py",
        "tests/datasets/test_download.py",
        nobody_is_waited_for=(
            "    except (BlockingIOError, PermissionError):\n        return False",
            "    except (BlockingIOError, PermissionError):\n        return True",
        ),
        a_lock_that_is_gone_is_taken=("if _try(file) and _is_there(file, lock):", "if _try(file):"),
        waiting_is_not_said=("        if not told:", "        if False:"),
    ),
    *in_file(
        "lib/datasets/fetch.py",
        "tests/datasets/test_fetch.py tests/datasets/test_download.py",
        what_came_meanwhile_is_fetched_again=(
            "missing = _missing(entry, target)  # whoever",
            "missing = list(entry.files)  # whoever",
        ),
        what_a_killed_fetch_left_stays=(" and not left_behind:", ":"),
    ),
    *in_file(
        "lib/datasets/idx.py",
        "tests/datasets/test_dataset.py",
        any_number_of_dimensions_is_read=("    if dimensions > MOST_DIMENSIONS:", "    if False:"),
    ),
    *in_file(
        "lib/datasets/cifar10.py",
        "tests/datasets/test_cifar10.py",
        the_pickled_version_is_called_missing=(
            "        if name.name in PICKLED:",
            "        if False:",
        ),
    ),
    *in_file(
        "lib/datasets/dataset.py",
        "tests/datasets/test_dataset.py",
        a_range_is_rounded=("got {low!s} to {high!s}", "got {low:g} to {high:g}"),
        letters_are_classes=("if isinstance(classes, str) or", "if"),
    ),
]
