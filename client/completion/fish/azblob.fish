# azblob(1): completion for fish. What is offered comes from azblob itself, and files besides.
function __azblob_offers
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    # A quote that is still open is closed to see what is in it.
    set -l plain (string unescape -- $word; or string unescape -- $word\'; or string unescape -- $word\")
    azblob __complete -- $words[2..-1] "$plain" 2>/dev/null
end
complete -c azblob -a '(__azblob_offers)'
