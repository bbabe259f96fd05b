#!/usr/bin/env python3
"""Draws the figures of compare.py: CPU time per delivery beside each peer's, as bars, and resident
memory over time while some subscribers do not read.

    bench/plot.py build/release/compare.json docs/benchmarks.svg
"""
import json
import sys
from html import escape
from statistics import median

WIDTH, LABEL, BAR, GAP, HEAD = 760, 250, 15, 12, 64
GROUPS = ("broker", "1k", "spread", "stalled", "chat-local", "chat-bus")
OURS, OTHERS = "#0f766e", ("#94a3b8", "#cbd5e1")


def rows(report):
    """(load, [(server, CPU us per delivery)]), ours first."""
    for case in report["cases"]:
        if case["group"] not in GROUPS:
            continue
        figures = []
        for name, server in case["servers"].items():
            costs = [run["cpu_us_per_delivery"] for run in server["runs"]
                     if run.get("cpu_us_per_delivery") is not None]
            if costs:
                figures.append((name, median(costs)))
        if len(figures) > 1:
            chat = "chat: " if case["group"].startswith("chat") else ""
            yield chat + case["load"], figures


def memory(report):
    """The load in which some do not read, and (server, KiB over time) of a middle run."""
    for case in report["cases"]:
        if case["group"] == "stalled":
            lines = [(name, server["runs"][len(server["runs"]) // 2]["rss_kib_over_time"])
                     for name, server in case["servers"].items() if server["runs"]]
            return case["load"], lines
    return None, []


def text(x, y, words, size=13, anchor="start", style=""):
    return (f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" {style}>'
            f"{escape(words)}</text>")


def draw_memory(report, y, parts):
    load, lines = memory(report)
    if not lines:
        return y
    most = max(max(line) for _, line in lines)
    width, height = WIDTH - LABEL - 150, 120
    parts.append(text(0, y + 11, f"Resident memory during the run: {load}",
                      style='font-weight="600"'))
    floor = y + 24 + height
    for place, (name, line) in enumerate(lines):
        color = OURS if place == 0 else OTHERS[min(place - 1, 1)]
        step = width / max(1, len(line) - 1)
        points = " ".join(f"{LABEL + i * step:.1f},{floor - height * kib / most:.1f}"
                          for i, kib in enumerate(line))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" '
                     'stroke-width="2.5"/>')
        end = floor - height * line[-1] / most
        parts.append(text(LABEL + width + 8, end + 4, f"{name}, {line[-1] / 1024:.0f} MiB", 12))
    return floor + GAP


def draw(report):
    y, parts = HEAD, []
    for load, figures in rows(report):
        slowest = max(cost for _, cost in figures)
        parts.append(text(0, y + 11, load, style='font-weight="600"'))
        for place, (name, cost) in enumerate(figures):
            length = max(2, (WIDTH - LABEL - 150) * cost / slowest)
            color = OURS if place == 0 else OTHERS[min(place - 1, 1)]
            top = y + 16 + place * (BAR + 3)
            parts.append(text(LABEL - 8, top + 12, name, 12, "end"))
            parts.append(f'<rect x="{LABEL}" y="{top}" width="{length:.1f}" height="{BAR}" '
                         f'rx="2" fill="{color}"/>')
            parts.append(text(LABEL + length + 6, top + 12, f"{cost:.3g} us", 12))
        y += 16 + len(figures) * (BAR + 3) + GAP
    y = draw_memory(report, y, parts)
    about = report["about"]
    head = [text(0, 18, "CPU time per delivery, less is better", 17, style='font-weight="700"'),
            text(0, 40, f"{about['date']}, {about['cpu']}, {about['cores']} cores; each load has "
                        "a scale of its own; medians", 12)]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-16 -8 {WIDTH + 32} {y + 8}" '
            f'width="{WIDTH + 32}" font-family="system-ui, sans-serif" fill="#1e293b">'
            f'<rect x="-16" y="-8" width="{WIDTH + 32}" height="{y + 8}" fill="#fff"/>'
            + "".join(head + parts) + "</svg>\n")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as report:
        picture = draw(json.load(report))
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write(picture)


if __name__ == "__main__":
    main()
