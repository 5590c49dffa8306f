"""Makes docs/dashboard.svg: the dashboard of a real run, drawn by the program on a terminal.

    cargo build --release -p bert-cli
    python docs/make_dashboard_svg.py target/release/bert

Needs tmux. The run is `bert train --task mrpc` on the shipped sample; the picture is of its end.
"""

import html
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COLUMNS, ROWS = 110, 32
WIDTH, HEIGHT, SIZE = 8.4, 18, 14
BACKGROUND, FOREGROUND = "#16181d", "#d8dee9"
NAMED = [
    "#3b4252", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dee9",
    "#7b8496", "#ff7b86", "#b5e890", "#ffd68a", "#82c4ff", "#dd9bf0", "#7fd8e0", "#ffffff",
]


def color_256(number: int) -> str:
    if number < 16:
        return NAMED[number]
    if number < 232:
        number -= 16
        levels = [0, 95, 135, 175, 215, 255]
        return "#%02x%02x%02x" % (levels[number // 36], levels[number // 6 % 6], levels[number % 6])
    return "#%02x%02x%02x" % ((8 + 10 * (number - 232),) * 3)


def style_after(style: dict, codes: list[int]) -> dict:
    style = dict(style)
    codes = codes or [0]
    while codes:
        code = codes.pop(0)
        if code == 0:
            style = {}
        elif code in (1, 2, 4, 7):
            style[code] = True
        elif code in (22, 24, 27):
            for off in {22: (1, 2), 24: (4,), 27: (7,)}[code]:
                style.pop(off, None)
        elif code in (38, 48):
            kind = codes.pop(0)
            value = color_256(codes.pop(0)) if kind == 5 else "#%02x%02x%02x" % tuple(codes.pop(0) for _ in range(3))
            style["fg" if code == 38 else "bg"] = value
        elif code in (39, 49):
            style.pop("fg" if code == 39 else "bg", None)
        elif 30 <= code <= 37 or 90 <= code <= 97:
            style["fg"] = NAMED[code - 30 if code < 90 else code - 82]
        elif 40 <= code <= 47 or 100 <= code <= 107:
            style["bg"] = NAMED[code - 40 if code < 100 else code - 92]
    return style


def svg(screen: str) -> str:
    shapes, texts, style = [], [], {}
    for row, line in enumerate(screen.split("\n")[:ROWS]):
        column = 0
        for part in re.split(r"(\x1b\[[0-9;]*m)", line):
            if part.startswith("\x1b["):
                style = style_after(style, [int(code) for code in part[2:-1].split(";") if code])
                continue
            if not part:
                continue
            fg, bg = style.get("fg", FOREGROUND), style.get("bg")
            if style.get(7):
                fg, bg = bg or BACKGROUND, fg
            x, y, width = 12 + column * WIDTH, 10 + row * HEIGHT, len(part) * WIDTH
            if bg:
                shapes.append(f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{HEIGHT}" fill="{bg}"/>')
            more = ' font-weight="bold"' if style.get(1) else ""
            more += ' opacity="0.65"' if style.get(2) else ""
            # Word by word, each with its width, whatever the font does.
            for word in re.finditer(r"\S+", part):
                at, length = x + word.start() * WIDTH, len(word[0]) * WIDTH
                texts.append(
                    f'<text x="{at:.1f}" y="{y + 14}" fill="{fg}" textLength="{length:.1f}" '
                    f'lengthAdjust="spacingAndGlyphs"{more}>{html.escape(word[0])}</text>'
                )
            column += len(part)
    width, height = 24 + COLUMNS * WIDTH, 20 + ROWS * HEIGHT
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img" '
        f'aria-label="The dashboard of a run" font-family="ui-monospace, DejaVu Sans Mono, Menlo, monospace" '
        f'font-size="{SIZE}">\n<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>\n'
    )
    return head + "\n".join(shapes + texts) + "\n</svg>\n"


def screen_of(program: str) -> str:
    tmux = ["tmux", "-L", "dashboard-svg"]
    with tempfile.TemporaryDirectory() as folder:
        run = f"cd {shlex.quote(folder)}; {shlex.quote(program)} train --task mrpc; sleep 60"
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        subprocess.run(
            [*tmux, "-f", "/dev/null", "new-session", "-d", *size, "env", "COLORTERM=truecolor", "sh", "-c", run],
            check=True,
        )
        try:
            screen = ""
            for _ in range(600):
                time.sleep(0.5)
                seen = subprocess.run([*tmux, "capture-pane", "-e", "-p"], capture_output=True, text=True, check=True)
                # The last picture before it closes.
                if re.search(r"epoch\D{0,12}4", re.sub(r"\x1b\[[0-9;]*m", "", seen.stdout)):
                    screen = seen.stdout
                elif screen:
                    break
            return screen
        finally:
            subprocess.run([*tmux, "kill-server"], check=False)


def main() -> None:
    picture = svg(screen_of(str(Path(sys.argv[1]).resolve())))
    (Path(__file__).resolve().parent / "dashboard.svg").write_text(picture)


if __name__ == "__main__":
    main()
