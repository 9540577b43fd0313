# azblob(1): completion for fish. What is offered comes from azblob itself, and files besides.
function __azblob_offers
    set -l words (commandline -opc)
    azblob __complete -- $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c azblob -a '(__azblob_offers)'
