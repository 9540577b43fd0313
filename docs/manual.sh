#!/bin/sh
# manual.sh SOURCE VERSION: print the manual page that SOURCE (docs/man/*.md) is. Runs in the
# build folder. A line `<!-- insert WHAT -->` stands for what the program's own tables say: the
# functions below ask azblob and azblobd, or read what is documented elsewhere. They print Markdown,
# and man.awk makes a page of all of it.
set -eu
top=$(dirname "$0")/..

# ---- the command and the daemon, by their own help ----

verb_names() {
    ./azblob help | sed -n '/^verbs:/,/^$/s/^  \([a-z-]*\) .*/\1/p'
}

# What `azblob help VERB` says, for each verb: usage, what it does, its words, its options' names
# (they are explained in one place), an example.
verbs() {
    for verb in $(verb_names); do
        ./azblob help "$verb" | awk -v verb="$verb" '
            function usage(line) {
                gsub(/[A-Z][A-Z]+(-[A-Z]+)*|[A-Z]=/, "*&*", line)
                sub(/^azblob [a-z-]+/, "**&**", line)
                return line
            }
            { gsub(/\*/, "\\*") }
            /^usage: / { print "### " verb "\n\n" usage(substr($0, 8)) "\n"; next }
            /^  azblob / && part == "" { print "\n" usage(substr($0, 3)); next }
            /^      / && part == "" { print ": " substr($0, 7); next }
            /^options of every verb/ { next }
            /^options:/ { part = "options"; next }
            /^example:/ { part = "example"; next }
            part == "options" && match($0, /--[a-z0-9-]+/) {
                name = substr($0, RSTART, RLENGTH)
                names = names (names == "" ? "" : ", ") "`" (/^  -/ ? substr($0, 3, 2) "`, `" : "") name "`"
            }
            part == "example" && NF > 0 { example = substr($0, 3) }
            part == "" && NF > 0 && !said++ { $0 = toupper(substr($0, 1, 1)) substr($0, 2) "." }
            part == ""
            END {
                if (names != "")
                    print "Options: " names ".\n"
                gsub(/\\\*/, "*", example)
                print "```\n" example "\n```\n"
            }'
    done
}

# Of a help text, the lines that explain options: "  -o, --output FORMAT    what it does", with
# more lines far to the right where one is not enough. A single space before a VALUE, more before
# what it does.
options() {
    awk '
        { gsub(/\*/, "\\*") }
        match($0, /^ +(-., )?--[a-z0-9-]+(, --[a-z0-9-]+)*( [A-Z][A-Z=]*( |$))?/) {
            names = substr($0, 1, RLENGTH)
            text = substr($0, RLENGTH + 1)
            gsub(/^ +| +$/, "", names)
            sub(/^ +/, "", text)
            gsub(/-[-a-z0-9]+/, "`&`", names)
            sub(/ [A-Z][A-Z=]*$/, "*&*", names)
            sub(/\* /, " *", names)
            print "\n" names "\n: " text
            next
        }
        /^            / { sub(/^ +/, ""); print }'
}

every_verbs_options() {
    ./azblob help | options
}

other_options() {
    for verb in $(verb_names); do
        ./azblob help "$verb" | sed -n '/^options:/,/^$/s/^  /  /p'
    done | sort -u -t '|' -k 1.7 | options
}

# shellcheck disable=SC2016 # of Markdown
exit_codes() {
    ./azblob help exit-codes | sed 's/^ *\([0-9]*\)  */\n`\1`\n: /'
}

daemon_options() {
    ./azblobd --help | options
}

# ---- what stands elsewhere ----

# docs/azblobd.conf: a comment and the keys below it are an entry.
config() {
    awk '
        function entry() {
            if (keys != "" && comment == "") {
                print "azblobd.conf: nothing is said of " keys >"/dev/stderr"
                exit 1
            }
            if (keys != "")
                print keys "\n: " comment "\n"
            else if (comment != "" && is_section)
                print comment "\n"
            keys = comment = ""
        }
        /^;?\[/ {
            text = comment
            comment = ""
            entry()
            sub(/^;/, "")
            print "### " $0 "\n"
            if (text != "")
                print text "\n"
            is_section = 1
            next
        }
        /^;?[a-z_]+ = / {
            keys = keys (keys == "" ? "" : ", ") "`" $0 "`"
            next
        }
        { if (keys != "" || NF == 0) entry() }
        /^; / { comment = comment (comment == "" ? "" : " ") substr($0, 3) }
        END { entry() }' "$top/docs/azblobd.conf"
}

# proto/PROTOCOL.md without its title.
protocol() {
    sed 1d "$top/proto/PROTOCOL.md"
}

# The index of docs/operations.md.
# shellcheck disable=SC2016
methods() {
    sed -n 's/^\[[a-z]*\](#[a-z]*): \(.*\)/\n\1/p; s/^- \[\([a-z]*\.[a-z_]*\)\](#[a-z_]*): \(.*\)/\n`\1`\n: \2/p' \
        "$top/docs/operations.md"
}

# A header of C: comments become text, what they stand above is shown as it is.
header() {
    awk -v RS= '
        # The text of the comment that a paragraph begins with; the rest stays in $0.
        function take_comment(    text, end) {
            end = index($0, "*/")
            text = substr($0, 3, end - 3)
            $0 = substr($0, end + 2)
            sub(/^\n/, "")
            gsub(/\n \* ?/, "\n", text)
            gsub(/^[ \n]+|[ \n]+$/, "", text)
            gsub(/\n[a-z_]+  +/, "\n&\001", text)
            n = split(text, lines, "\n")
            text = ""
            for (i = 1; i <= n; i++) {
                if (sub(/  +\001/, "`\n: ", lines[i]))
                    lines[i] = "`" lines[i]
                text = text lines[i] "\n"
            }
            return text
        }
        (!/\/\*/ && !/AZBLOB_API|^static inline/) || /^#(if|endif|include)/ { next }
        /^\/\* ---- / {
            gsub(/^\/\* -+ | -+ \*\/.*/, "")
            print "## " $0 "\n"
            next
        }
        {
            comment = /^\/\*/ ? take_comment() : ""
            if (!said++)
                sub(/^[a-z_]+\.h: [^.]*\.\n/, "", comment)
            gsub(/AZBLOB_API */, "")
            gsub(/#(if|endif|define AZBLOB_H)[^\n]*\n?/, "")
            while (sub(/ *\\\n[^\n\\]*/, "")) # what a macro expands to
                ;
            if (/^static inline/)
                sub(/\n\{.*/, ";")
            if (!/\{/)
                gsub(/\n +/, "\n    ")
            if (NF > 0)
                print "```\n" $0 "\n```\n"
            print comment
        }' "$top/client/azblob.h"
}

# Names of the parameters that every storage method takes.
# shellcheck disable=SC2016
common_parameters() {
    sed -n '/^## Parameters of every/,/^## Results/s/^| `\([a-z_]*\)`.*/\1/p' "$top/docs/operations.md"
}

# The generated functions: how they are called, what they do, and what they take besides those. A comment and a struct are one paragraph of the header, the functions the next.
functions() {
    awk -v RS= -v common="$(common_parameters)" '
        BEGIN {
            n = split(common, names, "\n")
            for (i = 1; i <= n; i++)
                is_common[names[i]] = 1
        }
        /^\/\* ---- on a/ {
            gsub(/^\/\* -+ | -+ \*\/.*/, "")
            print "### " $0 "\n"
        }
        # "* what it does, its REST operation" and the names of its parameters
        function take_params(    lines, n, i, comment) {
            comment = substr($0, 4, index($0, "*/") - 5)
            sub(/\n \* REST:/, " REST:", comment)
            gsub(/[*]/, "\\\\*", comment)
            sub(/[^.]$/, "&.", comment)
            text = comment
            list = ""
            n = split($0, lines, "\n")
            for (i = 1; i <= n; i++) {
                if (!match(lines[i], /[a-z0-9_]+;/) || lines[i] ~ /struct_bytes/)
                    continue
                name = substr(lines[i], RSTART, RLENGTH - 1)
                if (!is_common[name])
                    list = list (list == "" ? "" : ", ") "`" name "`" (lines[i] ~ /\/\* required/ ? " (required)" : "")
            }
        }
        /\nstruct azblob_[a-z_]*_params \{/ { take_params() }
        /^AZBLOB_API/ {
            gsub(/AZBLOB_API /, "")
            print "```\n" $0 "\n```\n\n" text (list == "" ? "" : " Takes " list ".") "\n"
        }' client/azblob_methods.h
}

# ---- the page ----

filled() {
    while IFS= read -r line; do
        case $line in
        '<!-- insert '*)
            what=${line#<!-- insert }
            "${what% -->}"
            ;;
        *) printf '%s\n' "$line" ;;
        esac
    done
}

page=$(filled <"$1")
printf '%s\n' "$page" | awk -v version="$2" -f "$top/docs/man/man.awk"
