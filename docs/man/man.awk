# man.awk: Markdown to a manual page in man(7), as far as docs/man and proto/PROTOCOL.md use it:
# headings, paragraphs, lists, tables, fences, `code`, **bold**, *italic* and [links](to), and two
# forms of our own. The first line is the page's title, `# NAME(SECTION): what it is`, and makes
# its NAME section. A line `: ...` explains the one above it: an entry of a list.
#
# Lines are gathered in `para` until something else begins; `form` is what they are: text, item
# or entry (whose term is `term`).
#
# version  of the program, for the page's foot

# What roff would take for its own: a backslash anywhere, a dot or a quote at the beginning.
function escape(text) {
    gsub(/\\/, "\\e", text)
    gsub(STAR, "*", text)
    return text
}

function quiet(line) {
    return (line ~ /^[.']/ ? "\\&" : "") line
}

# Words for a shell or a program: their "-" is the one that these know.
function literal(text) {
    text = escape(text)
    gsub(/-/, "\\-", text)
    return text
}

# A link to another page of this project is its text; any other says where it leads.
function link(mark,    text, to) {
    text = to = mark
    sub(/^\[/, "", text)
    sub(/\]\(.*/, "", text)
    sub(/.*\]\(/, "", to)
    sub(/\)$/, "", to)
    return inline(text) (to ~ /^https?:/ ? " (" to ")" : "")
}

# Text, its marks made fonts. Inside `code` nothing else is a mark.
function inline(text,    out, at) {
    while (match(text, /`[^`]+`|\*\*[^*]+\*\*|\*[^* ][^*]*\*|\[[^]]+\]\([^)]*\)/)) {
        at = substr(text, RSTART, RLENGTH)
        out = out escape(substr(text, 1, RSTART - 1))
        text = substr(text, RSTART + RLENGTH)
        if (at ~ /^`/)
            out = out "\\fB" literal(substr(at, 2, length(at) - 2)) "\\fR"
        else if (at ~ /^\*\*/)
            out = out "\\fB" literal(substr(at, 3, length(at) - 4)) "\\fR"
        else if (at ~ /^\*/)
            out = out "\\fI" escape(substr(at, 2, length(at) - 2)) "\\fR"
        else
            out = out link(at)
    }
    return out escape(text)
}

function title(text,    name, section) {
    name = section = text
    sub(/\(.*/, "", name)
    sub(/^[^(]*\(/, "", section)
    sub(/\).*/, "", section)
    sub(/^[^:]*: */, "", text)
    printf ".TH %s %s \"\" \"azblobd %s\"\n.ad l\n", toupper(name), section, version
    printf ".SH NAME\n%s \\- %s\n", literal(name), inline(text)
}

# A new paragraph, unless a heading has begun one.
function begin() {
    if (!is_fresh)
        print ".PP"
    is_fresh = 0
}

# Print what has been gathered.
function flush() {
    if (n_rows > 0)
        table_end()
    if (para == "")
        return
    if (form == "text")
        begin()
    else if (form == "item")
        print ".IP \\(bu 2"
    else
        print ".TP\n" quiet(inline(term))
    print quiet(inline(para))
    para = ""
    is_fresh = 0
}

function gather(as, text) {
    form = as
    para = text
}

function table_row(line,    cells, n, i) {
    sub(/^\| */, "", line)
    sub(/ *\| *$/, "", line)
    gsub(/\\\|/, "\001", line) # a bar in a cell
    n_cells = split(line, cells, / *\| */)
    for (i = 1; i <= n_cells; i++) {
        gsub(/\001/, "|", cells[i])
        table[n_rows, i] = quiet(inline(cells[i]))
    }
    n_rows++
}

# The last column takes the room that the others leave.
function table_end(    row, i) {
    begin()
    print ".TS\nallbox;"
    for (row = 0; row < 2; row++) # the format of the head, and of all rows below
        for (i = 1; i <= n_cells; i++)
            printf "l%s%s%s", row == 0 ? "b" : "", i < n_cells ? " " : "x", i < n_cells ? "" : row == 0 ? "\n" : ".\n"
    for (row = 0; row < n_rows; row++)
        for (i = 1; i <= n_cells; i++)
            printf "T{\n%s\nT}%s", table[row, i], i < n_cells ? "\t" : "\n"
    print ".TE"
    n_rows = 0
}

BEGIN {
    STAR = "\002" # `\*`: no mark, but itself
    n_rows = 0
    print "'\\\" t" # for man(1): there may be tables
    print ".nr HY 0" # names and options are not hyphenated
}
/^```/ {
    flush()
    is_literal = !is_literal
    if (is_literal)
        begin()
    print is_literal ? ".RS 4\n.EX" : ".EE\n.RE"
    next
}
is_literal {
    print quiet(literal($0))
    next
}
{
    gsub(/\\\*/, STAR)
}
/^# / {
    title(substr($0, 3))
    next
}
/^##+ / {
    flush()
    heading = escape(substr($0, index($0, " ") + 1))
    print /^## / ? ".SH " toupper(heading) : ".SS " heading
    is_fresh = 1
    next
}
/^\|-/ {
    next
}
/^\|/ {
    table_row($0)
    next
}
/^- / {
    flush()
    gather("item", substr($0, 3))
    next
}
/^: / {
    term = para
    gather("entry", substr($0, 3))
    next
}
/^$/ {
    flush()
    next
}
para != "" {
    para = para " " $0
    next
}
{
    flush()
    gather("text", $0)
}
END {
    flush()
}
