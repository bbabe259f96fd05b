"""Medians and markdown tables."""

from statistics import median


def middle(runs, value):
    """The median over the runs that have the value, or None."""
    values = [v for v in (value(run) for run in runs) if v is not None]
    return median(values) if values else None


def field(name):
    return lambda run: run.get(name)


def each(name, index):
    return lambda run: run[name][index] if name in run else None


def total(name):
    return lambda run: sum(run[name]) if name in run else None


def paired_ratio(runs, peer_runs, value):
    """The median of this server's value divided by the peer's of the same turn.

    The machine's speed drifts by the minute; what was measured one after the other compares.
    """
    ratios = []
    for mine, theirs in zip(runs, peer_runs):
        if value(mine) is not None and value(theirs):
            ratios.append(value(mine) / value(theirs))
    return f"{median(ratios):.2f}" if ratios else "-"


def rate(value):
    if value is None:
        return "-"
    if value >= 1e6:
        return f"{value / 1e6:.2f} M"
    return f"{value / 1e3:.3g} k" if value >= 1e3 else f"{value:.3g}"


def number(digits):
    def show(value):
        if value is None:
            return "-"
        return f"{value:.0f}" if abs(value) >= 100 else f"{value:.{digits}g}"
    return show


def mib(value):
    return "-" if value is None else f"{value / 1024:.1f} MiB"


# kind -> columns: title, value of a run, how it is shown. The column named in RATIO is also given
# as a multiple of the peer's.
COLUMNS = {
    "throughput": [
        ("deliveries/s", field("deliveries_per_second"), rate),
        ("load busy", field("load_busy"), number(2)),
        ("CPU us per delivery", each("cpu_us_per_delivery_each", 0), number(3)),
        ("CPU with the bus", field("cpu_us_per_delivery"), number(3)),
    ],
    "patterns": [
        ("messages/s", field("messages_per_second"), rate),
        ("CPU us per delivery", field("cpu_us_per_delivery"), number(3)),
    ],
    "latency": [
        ("p50 us", field("latency_us_p50"), number(4)),
        ("p90 us", field("latency_us_p90"), number(4)),
        ("p99 us", field("latency_us_p99"), number(4)),
        ("p99.9 us", field("latency_us_p999"), number(4)),
        ("sent late, p99 us", field("sent_late_us_p99"), number(4)),
        ("CPU us per delivery", field("cpu_us_per_delivery"), number(3)),
    ],
    "churn": [
        ("subscribe s", field("subscribe_seconds"), number(3)),
        ("unsubscribe s", field("unsubscribe_seconds"), number(3)),
        ("both s", field("churn_seconds"), number(3)),
        ("others' p99 us", field("ping_churn_us_p99"), number(4)),
        ("others' max us", field("ping_churn_us_max"), number(4)),
        ("max us when it leaves", field("ping_leave_us_max"), number(4)),
    ],
    "idle": [
        ("resident KiB each", field("rss_kib_per_client"), number(3)),
        ("all joined in s", field("joined_in_seconds"), number(3)),
        ("CPU s while idle", field("cpu_seconds"), number(2)),
    ],
    "stalled": [
        ("deliveries/s", field("deliveries_per_second"), rate),
        ("CPU us per delivery", field("cpu_us_per_delivery"), number(3)),
        ("peak resident", total("rss_peak_kib_each"), mib),
        ("resident at the end", total("rss_kib_each"), mib),
        ("cut by the server", field("stalled_cut_by_server"), number(3)),
    ],
}
RATIO = {
    "throughput": ["CPU us per delivery", "CPU with the bus"],
    "patterns": ["messages/s"],
    "latency": ["p50 us", "p99 us"],
    "churn": ["both s"],
    "idle": ["resident KiB each"],
    "stalled": ["CPU us per delivery"],
}


def spread(runs, value):
    """How far the runs lie apart, as a part of their median."""
    values = [v for v in (value(run) for run in runs) if v is not None]
    if len(values) < 2 or not median(values):
        return "-"
    return f"{(max(values) - min(values)) / median(values) * 100:.0f} %"


def cells(case, server, outcome, bare):
    """One line: medians, ratios to the peer, spread of the first column, disturbance.

    `bare` is the server's rate without patterns, or None.
    """
    runs = outcome[server]["runs"]
    peer = case.servers[1] if len(case.servers) > 1 else None
    peer_runs = outcome[peer]["runs"] if peer in outcome else []
    line = []
    for title, value, show in shown_columns(case):
        line.append(show(middle(runs, value)))
        if title in RATIO[case.kind]:
            line.append(paired_ratio(runs, peer_runs, value))
    if case.kind == "patterns":
        line.append(f"{middle(runs, field('messages_per_second')) / bare:.2f}" if bare else "-")
    line.append(spread(runs, COLUMNS[case.kind][0][1]))
    line.append(f"{max((run['foreign_cores'] for run in runs), default=0):.2f}")
    return line


def shown_columns(case):
    """The bus has a column of its own only where there is one."""
    if any("+" in server for server in case.servers):
        return COLUMNS[case.kind]
    return [column for column in COLUMNS[case.kind] if column[0] != "CPU with the bus"]


def heads(case):
    titles = ["load", "server"]
    for title, _, _ in shown_columns(case):
        titles.append(title)
        if title in RATIO[case.kind]:
            titles.append("of peer's")
    if case.kind == "patterns":
        titles.append("of its rate with none")
    return [*titles, "spread", "foreign"]


def rates_without_patterns(cases, outcomes):
    """Server -> messages/s of the `no pattern` case."""
    return {server: middle(result["runs"], field("messages_per_second"))
            for case in cases if case.title == "no pattern"
            for server, result in outcomes[case.title, case.group].items()}


def markdown(cases, outcomes):
    """All tables, a heading for each group."""
    text = []
    bare = rates_without_patterns(cases, outcomes)
    group = None
    for case in cases:
        outcome = outcomes[case.title, case.group]
        if case.group != group:
            group = case.group
            text += [f"\n### {group}\n", "| " + " | ".join(heads(case)) + " |",
                     "|" + "---|" * len(heads(case))]
        for server in outcome:
            if outcome[server]["error"]:
                reason = outcome[server]["error"].splitlines()[0]
                text.append(f"| {case.title} | {server} | failed: {reason} |")
            if outcome[server]["runs"]:
                line = [case.title, server, *cells(case, server, outcome, bare.get(server))]
                text.append("| " + " | ".join(line) + " |")
    return "\n".join(text) + "\n"
