"""Writes a word in letters that can be read from across a desk."""

_ROWS = 5
_FONT = {
    "A": (" ### ", "#   #", "#####", "#   #", "#   #"),
    "C": (" ####", "#    ", "#    ", "#    ", " ####"),
    "E": ("#####", "#    ", "#### ", "#    ", "#####"),
    "H": ("#   #", "#   #", "#####", "#   #", "#   #"),
    "I": (" ### ", "  #  ", "  #  ", "  #  ", " ### "),
    "J": ("  ###", "   # ", "   # ", "#  # ", " ##  "),
    "K": ("#   #", "#  # ", "###  ", "#  # ", "#   #"),
    "L": ("#    ", "#    ", "#    ", "#    ", "#####"),
    "N": ("#   #", "##  #", "# # #", "#  ##", "#   #"),
    "O": (" ### ", "#   #", "#   #", "#   #", " ### "),
    "P": ("#### ", "#   #", "#### ", "#    ", "#    "),
    "R": ("#### ", "#   #", "#### ", "#  # ", "#   #"),
    "S": (" ####", "#    ", " ### ", "    #", "#### "),
    "T": ("#####", "  #  ", "  #  ", "  #  ", "  #  "),
    "Y": ("#   #", " # # ", "  #  ", "  #  ", "  #  "),
    " ": ("   ",) * _ROWS,
}


def banner(word: str, shape: str, width: int, ink: str = "#") -> list[str]:
    """A word in large letters between two rulers made of `shape`; in normal letters if it does not fit."""
    ruler = shape * max(width, 1)
    large = ["  " + "  ".join(_FONT[letter][row] for letter in word).replace("#", ink) for row in range(_ROWS)]
    if max(map(len, large)) > width:
        large = [word[: max(width, 1)]]
    return [ruler, "", *(line.rstrip() for line in large), "", ruler]
