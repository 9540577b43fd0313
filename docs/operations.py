#!/usr/bin/env python3
"""operations.py BUILD: print docs/operations.md, made from what the daemon says of itself.

BUILD is the folder with azblobd and azblob: the daemon is started there on a socket of its own,
asked for rpc.describe, and stopped. Ends with an error when a method, a parameter or a number
among the results is not documented.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter

CLASSES = {
    "service": "The account and its containers.",
    "container": "One container and the blobs in it.",
    "blob": "One blob.",
    "lease": "Leases, on a container or, with `blob`, on a blob.",
    "util": "What the SDK has as functions of its module, without a client.",
    "rpc": "The daemon as a partner in the protocol.",
    "daemon": "The daemon as a program.",
}
ACCESS = {
    "none": "needs no right",
    "read": "reads data or properties",
    "write": "changes data or properties",
    "delete": "deletes blobs",
    "list": "lists names",
    "admin": "makes, changes or deletes containers; policies, settings, keys",
}
RETRY = {
    "none": "there is nothing to send",
    "read": "changes nothing: sent again, and to the secondary host",
    "safe": "doing it twice is doing it once: sent again",
    "recognise": "sent again; when the repeat is refused, a look tells whether the first attempt did it",
    "unsafe": "not sent again once it may have happened",
}
UNLIMITED = 2**53  # larger bounds only keep arithmetic within 64 bits


def schema(build):
    """What rpc.describe gives, of a daemon of this build."""
    ready, ready_in_daemon = os.pipe()
    with tempfile.TemporaryDirectory() as folder:
        env = dict(os.environ, AZBLOBD_SOCKET=folder + "/socket", AZBLOBD_NO_START="1",
                   AZBLOBD_READY_FD=str(ready_in_daemon))
        daemon = subprocess.Popen([build + "/azblobd", "--log-level", "error"], env=env,
                                  pass_fds=[ready_in_daemon])
        os.close(ready_in_daemon)
        try:
            os.read(ready, 1)
            answer = subprocess.check_output([build + "/azblob", "call", "rpc.describe"], env=env)
        finally:
            daemon.terminate()
            daemon.wait()
    return json.loads(answer)["methods"]


def undocumented(methods):
    """What should have a line of documentation and has none; methods of a class that has none."""
    def walk(where, entries, needs_doc):
        for entry in entries:
            name = where + " " + entry["name"]
            if not entry.get("doc") and needs_doc(entry):
                yield name
            yield from walk(name, entry.get("fields", []), needs_doc)

    for method in methods:
        if not method["doc"] or method["method"].split(".")[0] not in CLASSES:
            yield method["method"]
        yield from walk(method["method"] + ": parameter", method["params"], lambda entry: True)
        yield from walk(method["method"] + ": result", method["results"],
                        lambda entry: entry["type"] == "integer" and "unit" not in entry)


def anchor(title):
    """Of a heading, as GitHub makes it."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def link(title, text=None):
    return "[%s](#%s)" % (text or title, anchor(title))


COMMON_PARAMS, COMMON_RESULTS = "Parameters of every storage method", "Results of every request"
COMMON_PARAMS_LINK = link(COMMON_PARAMS, "parameters of every storage method")
COMMON_RESULTS_LINK = link(COMMON_RESULTS, "results of every request")


class Models:
    """Maps that several methods have: each is written down once, under a title of its own."""

    def __init__(self, methods):
        uses, first = Counter(), {}
        for method in methods:
            seen = {}
            self.collect(method["params"] + method["results"], method["method"], seen)
            uses.update(seen.keys())
            for key, found in seen.items():
                first.setdefault(key, found)
        shared = [key for key, n in uses.items() if n > 1]
        names = Counter(first[key][0]["name"] for key in shared)
        self.entries, self.titles = {}, {}
        for key in shared:
            entry, where = first[key]
            self.entries[key] = entry
            self.titles[key] = entry["name"] + (" of " + where if names[entry["name"]] > 1 else "")

    def collect(self, entries, where, seen):
        for entry in entries:
            if "fields" in entry:
                seen.setdefault(self.key(entry), (entry, where))
                self.collect(entry["fields"], where, seen)

    @staticmethod
    def key(entry):
        return json.dumps(entry["fields"])

    def title(self, entry):
        return self.titles.get(self.key(entry)) if "fields" in entry else None


def number(n):
    return "{:,}".format(n)


def limits(entry):
    """Allowed values, bounds, and what it goes with, as phrases."""
    values = ["`%s`" % value for value in entry.get("values", [])]
    if "max" in entry:
        low, high = entry["min"], entry["max"]
        span = number(low) + (" or more" if high >= UNLIMITED else " to " + number(high))
        yield " or ".join([span] + values)
    elif values:
        yield ("any of " if entry["type"].startswith("list") else "") + ", ".join(values)
    if "multiple_of" in entry:
        yield "a multiple of " + number(entry["multiple_of"])
    if "max_bytes" in entry:
        yield "at most %s bytes" % number(entry["max_bytes"])
    if "max_items" in entry:
        yield "at most %s entries" % number(entry["max_items"])
    if "default" in entry:
        yield "default `%s`" % entry["default"]
    if "with" in entry:
        yield "goes with `%s`" % entry["with"]
    if "excludes" in entry:
        yield "not beside `%s`" % entry["excludes"]
    if "also" in entry:
        yield "also called " + ", ".join("`%s`" % name for name in entry["also"])
    if entry.get("streamed"):
        yield "the items of a stream"


def rows(entries, models, prefix=""):
    """(name, type, required, meaning) of each entry, and of the fields of its own."""
    for entry in entries:
        kind = entry["type"]
        if "of" in entry:
            kind += " of %ss" % entry["of"] if entry["of"] != "any value" else ""
        elif kind == "list" and "fields" in entry:
            kind = "list of maps"
        if "unit" in entry:
            kind += ", " + entry["unit"]
        if "string" in entry:
            kind += " or " + entry["string"]["type"]
        meaning = [entry["doc"]] if entry.get("doc") else []
        meaning += limits(entry)
        if "string" in entry:
            meaning += limits(entry["string"])
        title = models.title(entry)
        if title:
            meaning.append("see " + link(title))
        yield prefix + entry["name"], kind, entry.get("required"), "; ".join(meaning)
        if "fields" in entry and not title:
            dots = "[]." if kind.startswith("list") else "."
            yield from rows(entry["fields"], models, prefix + entry["name"] + dots)


def table(heading, entries, models):
    print("\n| %s | type | meaning |\n|---|---|---|" % heading)
    for name, kind, required, meaning in rows(entries, models):
        name = "**`%s`**" % name if required else "`%s`" % name
        print("| %s | %s | %s |" % (name, kind, meaning.replace("|", "\\|")))


def traits(entry):
    """One line: the REST operation, the classes, and ways to call it."""
    if "request" in entry:
        yield "`%s` (%s)" % (entry["request"], entry["follows"])
    if "access" in entry:
        yield "access **%s**" % entry["access"]
    yield "retry **%s**" % entry["retry"]
    if entry.get("stream"):
        yield "streams"
    if entry.get("fd"):
        yield "takes a descriptor"


def print_form(form, method, models):
    doc = ": " + form["doc"] if form["doc"] != method["doc"] else ""
    own = [result for result in form["results"] if result not in method["results"]]

    print("\nWith `%s`%s\n\n%s\n\nIt takes %s." % (
        form["when"], doc, " · ".join(traits(form)),
        ", ".join("`%s`" % name for name in form["params"])))
    if own:
        table("besides the results below", own, models)


def print_method(method, common_results, models):
    own = [param for param in method["params"] if not param.get("common")]
    results = [result for result in method["results"] if result["name"] not in common_results]
    takes_common = len(own) < len(method["params"])

    print("\n### %s\n\n%s\n\n%s" % (method["method"], method["doc"], " · ".join(traits(method))))
    for form in method.get("forms", []):
        print_form(form, method, models)
    if own:
        table("parameter", own, models)
    if takes_common:
        print("\n%s the %s." % ("And" if own else "Takes", COMMON_PARAMS_LINK))
    if "result" in method:
        print("\nGives a %s." % method["result"])
    if results:
        table("result", results, models)
    if len(results) < len(method["results"]):
        print("\n%s the %s." % ("And" if results else "Gives", COMMON_RESULTS_LINK))


def explain(title, texts):
    print("\n| %s | means |\n|---|---|" % title)
    for name, text in texts.items():
        print("| %s | %s |" % (name, text))


def print_page(methods):
    models = Models(methods)
    plain = [method for method in methods
             if "request" in method and method["results"] and not method["stream"]]
    common_results = set.intersection(*({result["name"] for result in method["results"]}
                                        for method in plain))
    common_params = [param for param in plain[0]["params"] if param.get("common")]

    print("""# Operations

Every method of the daemon, made from the rows that it works by: `make reference` writes this page, `make check` says when
it is out of date. `azblob call rpc.describe method=METHOD` gives the same for programs. How methods are called, and what
values look like: [PROTOCOL.md](../proto/PROTOCOL.md).

Parameters in **bold** are required. `a.b` is field `b` of the map `a`, `a[].b` that of each entry of the list or map `a`.
A result that the service did not send is absent.""")
    explain("access", ACCESS)
    explain("retry", RETRY)
    print("\n## Methods")
    for name, text in CLASSES.items():
        print("\n[%s](#%s): %s\n" % (name, name, text))
        for method in methods:
            if method["method"].startswith(name + "."):
                print("- %s: %s" % (link(method["method"]), method["doc"]))
    print("\n## " + COMMON_PARAMS)
    table("parameter", common_params, models)
    print("\n## " + COMMON_RESULTS)
    table("result", [result for result in plain[0]["results"] if result["name"] in common_results],
          models)
    for name, text in CLASSES.items():
        print("\n## %s\n\n%s" % (name, text))
        for method in methods:
            if method["method"].startswith(name + "."):
                print_method(method, common_results, models)
    print("\n## Maps\n\nThose that several methods have.")
    for key, title in sorted(models.titles.items(), key=lambda pair: pair[1]):
        print("\n### " + title)
        table("field", models.entries[key]["fields"], models)


def main():
    methods = schema(os.path.abspath(sys.argv[1]))
    lacking = sorted(set(undocumented(methods)))
    for name in lacking:
        print("not documented: " + name, file=sys.stderr)
    print_page(methods)
    return 1 if lacking else 0


sys.exit(main())
