"""python -m app.cli verify FILE: proves a download where nothing else of the service is set up."""

from app.cli.dataset import group

if __name__ == "__main__":
    group(prog_name="python -m app.cli")
