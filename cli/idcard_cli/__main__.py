"""`python -m idcard_cli`, where no script is on the path."""

from idcard_cli.main import run

if __name__ == "__main__":
    run()
