# bash completion for crm: asks `crm __complete` for what may stand at the cursor.
_crm() {
    local line=${COMP_LINE:0:COMP_POINT} words out word prefix=
    read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    mapfile -t out < <("${words[0]}" __complete -- "${words[@]:1}" 2>/dev/null)
    COMPREPLY=()
    ((${#out[@]})) || return
    [[ ${out[-1]} == :1 ]] && compopt -o nospace
    unset 'out[-1]'
    # Readline takes : and = for the end of a word, so it wants what follows them only.
    word=${words[-1]}
    [[ $word == *[:=]* ]] && prefix=${word%"${word##*[:=]}"}
    for word in "${out[@]}"; do
        word=${word%%$'\t'*}
        COMPREPLY+=("${word#"$prefix"}")
    done
}
complete -F _crm crm
