"""Prints the Flesch-Kincaid grade of our texts and fails where they ask too much of a tired reader.

Measured is what stands on the page in sentences: the Markdown without its marks, and of the front matter every text that is
a sentence, wherever it stands (lead, when, steps, answers). Headings and names are no sentences.
"""

import re
import statistics
import sys
import tomllib
from pathlib import Path

import textstat

CONTENT = Path("src/content")
FOLDERS = ("topics", "learn", "skills", "legal", "agreements", "curricula")
MOST_IN_THE_MIDDLE = 8.0
MOST = {"legal": 12.0}
MOST_ELSEWHERE = 10.0
WORST = 10
# Search engines show it, the page does not.
NOT_ON_THE_PAGE = {"description"}
SENTENCE = re.compile(r"[.!?…][”’\")]*$")


def sentences_of(value, key=""):
    """The sentences of the front matter, at any depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from sentences_of(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from sentences_of(inner, key)
    elif isinstance(value, str) and key not in NOT_ON_THE_PAGE and SENTENCE.search(value.strip()):
        yield value.strip()


def plain(markdown):
    """The paragraphs and list items, without marks; a list item that does not end like a sentence is ended."""
    blocks = []
    begins_block = True
    for line in markdown.splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            begins_block = True
            continue
        item = re.sub(r"^([-*+]|\d+\.)\s+", "", text)
        if begins_block or item != text:
            blocks.append(item)
        else:
            blocks[-1] += " " + item
        begins_block = False
    text = "\n".join(block if SENTENCE.search(block) else f"{block}." for block in blocks)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\{\w+\}", "our office", text)
    return re.sub(r"[*_`]+", "", text)


def grade_of(path):
    """The grade of one file."""
    parts = path.read_text(encoding="utf-8").split("+++", 2)
    if len(parts) != 3 or parts[0].strip():
        sys.exit(f"{path}: the text must begin with front matter between two lines of +++")
    front, body = tomllib.loads(parts[1]), parts[2]
    return textstat.flesch_kincaid_grade("\n".join([*sentences_of(front), plain(body)]))


def main():
    if len(sys.argv) > 1:
        for name in sys.argv[1:]:
            print(f"{grade_of(Path(name)):6.1f}  {name}")
        return
    grades = {}
    for folder in FOLDERS:
        for path in sorted((CONTENT / folder).rglob("*.md")):
            grades[path] = (folder, grade_of(path))
    if not grades:
        print("reading: there are no texts to measure")
        return

    too_hard = []
    print(f"Reading level (Flesch-Kincaid grade, textstat) of {len(grades)} texts; the {WORST} hardest:")
    for path, (folder, grade) in sorted(grades.items(), key=lambda one: -one[1][1])[:WORST]:
        print(f"{grade:6.1f}  {path}")
    for path, (folder, grade) in grades.items():
        most = MOST.get(folder, MOST_ELSEWHERE)
        if grade > most:
            too_hard.append(f"{path} reads at grade {grade:.1f}, above {most:.0f}")
    print()
    print(f"{'folder':10} {'texts':>5} {'median':>7} {'hardest':>8}")
    for folder in FOLDERS:
        of_folder = [grade for name, grade in grades.values() if name == folder]
        if not of_folder:
            print(f"{folder:10} {0:5}")
            continue
        median = statistics.median(of_folder)
        print(f"{folder:10} {len(of_folder):5} {median:7.1f} {max(of_folder):8.1f}")
        if median > MOST_IN_THE_MIDDLE:
            too_hard.append(f"{folder}: the median is grade {median:.1f}, above {MOST_IN_THE_MIDDLE:.0f}")
    if too_hard:
        sys.exit("\n".join(["", *too_hard]))


main()
