"""Writes specs/vectors anew: `make vectors`. What is no vector any more goes."""

from support.vectors import folder

if __name__ == "__main__":
    folder.write(folder.FOLDER)
