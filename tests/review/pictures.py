"""Takes the pictures for docs/: `python -m tests.review.pictures docs/pictures`."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.review.browser import chromium, take_pictures
from tests.review.factories import make_world
from tests.review.scenes import fill

if __name__ == "__main__":
    with TemporaryDirectory() as data, chromium() as browser:
        world = make_world(Path(data))
        review = fill(world, decided=44)
        for file in take_pictures(world, browser, Path(sys.argv[1]), review.id):
            print(file)
        world.store.close()
