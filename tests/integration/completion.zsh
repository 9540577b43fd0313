# completion.zsh bash|zsh FOLDER TEXT: print what becomes of a command line when TAB is typed
# behind TEXT in that shell, with the completion of FOLDER. A terminal of its own is what a shell
# needs for that, and zsh has them. It echoes what is written to it, at any time: so what is waited
# for must not stand there.
zmodload zsh/zpty
folder=$2
case $1 in
bash)
    zpty -b shell bash --norc --noprofile -i
    zpty -w shell "PS1=; source $folder/bash/azblob; show() { echo \"<\"\"<\$READLINE_LINE>\"\">\"; READLINE_LINE=; }"
    # From keys that no inputrc has: completion may not be asked about, and must not wait.
    zpty -w shell "bind 'set show-all-if-ambiguous on'; bind 'set completion-query-items 0'; bind 'set page-completions off'"
    zpty -w shell "bind '\"\\C-i\": complete'; bind -x '\"\\C-t\": show'; echo REA''DY"
    ;;
zsh)
    zpty -b shell zsh -f -i
    zpty -w shell "PS1=; fpath=($folder/zsh \$fpath); autoload -Uz compinit; compinit -u -D"
    zpty -w shell 'show() { print -r -- "<""<$BUFFER>"">"; zle kill-whole-line }; zle -N show'
    zpty -w shell 'bindkey "^T" show; bindkey "^I" complete-word; print REA''DY'
    ;;
esac
zpty -r -m shell seen '*READY*'
zpty -w -n shell "$3"$'\t\x14'
zpty -r -m shell seen '*<<*>>*'
seen=${seen##*<<}
print -r -- "${seen%%>>*}"
zpty -d shell
