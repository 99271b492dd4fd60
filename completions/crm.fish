# fish completion for crm: asks `crm __complete` for what may stand at the cursor.
function __crm_complete
    set -l words (commandline -opc)
    $words[1] __complete -- $words[2..-1] (commandline -ct) 2>/dev/null | string match -rv '^:[01]$'
end
complete -c crm -f -a '(__crm_complete)'
