"""The code of the completion scripts, with marks such as ``@TABLE@`` in place of their words."""

# What bash and zsh have alike: the words that may follow, and how the words before are read.
_TABLE_FUNCTION = r"""_tokcheck_table() {
  _tokcheck_words= _tokcheck_valued=
  case "$1" in
@TABLE@
  esac
}
"""
_EACH_WORD = r"""    if [[ -n $skip ]]; then
      [[ $option == @OPTION@ ]] && provider=$word
      skip=
      continue
    fi
    if [[ $word == -* ]]; then
      option=$word
      [[ $word == @OPTION@=* ]] && provider=${word#*=}
      _tokcheck_table "$command $word"
      [[ -n $_tokcheck_valued ]] && skip=1
    elif [[ -z $command || "|@GROUPS@|" == *"|$command|"* ]]; then
      command="${command:+$command }$word"
    elif [[ $command == login ]]; then
      provider=$word
    fi
  done
"""

BASH = (
    r"""# Completion of tokcheck for bash: eval "$(tokcheck completion bash)"
"""
    + _TABLE_FUNCTION
    + r"""
_tokcheck() {
  local line="${COMP_LINE:0:COMP_POINT}" cur command= option= provider= word skip=
  local -a words
  read -ra words <<<"$line"
  cur=
  [[ $line == *[[:space:]] ]] || { cur="${words[${#words[@]}-1]}"; unset "words[${#words[@]}-1]"; }
  for word in "${words[@]:1}"; do
"""
    + _EACH_WORD
    + r"""  local values found name=
  if [[ -z $skip && $cur == --*=* ]]; then
    _tokcheck_table "$command ${cur%%=*}"
    [[ -z $_tokcheck_valued ]] || { skip=1 name="${cur%%=*}="; cur="${cur#*=}"; }
  fi
  if [[ $skip ]]; then
    values=$_tokcheck_valued
  else
    _tokcheck_table "$command"
    values=$_tokcheck_words
    [[ $cur == -* ]] || values=$(printf '%s\n' $values | grep -v '^--')
  fi
  if [[ $values == @scopes* ]]; then
    local alone="${values#@scopes}" before=
    [[ $cur == *,* ]] && before="${cur%,*}," alone=
    _tokcheck_table "@scopes${provider:+ $provider}"
    values=
    for word in $_tokcheck_words $alone; do
      [[ ",$before" == *",$word,"* ]] || values+=" $before$word"
    done
  fi
  COMPREPLY=()
  local value
  for value in $values; do
    case "$value" in
      @files) compopt -o filenames 2>/dev/null
        while IFS= read -r found; do COMPREPLY+=("$found"); done < <(compgen -f -- "$cur") ;;
      @accounts)
        while IFS= read -r found; do
          [[ $found == "$cur"* ]] && COMPREPLY+=("$(printf %q "$found")")
        done < <(tokcheck completion accounts 2>/dev/null) ;;
      @faults) COMPREPLY+=($(compgen -W "@FAULTS@" -- "$cur")) ;;
      @none) ;;
      *) [[ $value == "$cur"* ]] && COMPREPLY+=("$value") ;;
    esac
  done
  # Bash splits words at a colon and at =, and replaces what follows the last one.
  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
    local start="${cur%"${cur##*:}"}" i
    for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]="${COMPREPLY[i]#"$start"}"; done
  elif [[ $name && $COMP_WORDBREAKS != *=* ]]; then
    COMPREPLY=("${COMPREPLY[@]/#/$name}")
  fi
}
complete -F _tokcheck tokcheck
"""
)

ZSH = (
    r"""#compdef tokcheck
# Completion of tokcheck for zsh: eval "$(tokcheck completion zsh)" after compinit
"""
    + _TABLE_FUNCTION
    + r"""
_tokcheck() {
  local command= option= provider= word skip= value cur="${words[CURRENT]}"
  local _tokcheck_words _tokcheck_valued
  local -a values names
  for word in "${(@)words[2,CURRENT-1]}"; do
"""
    + _EACH_WORD
    + r"""  if [[ -z $skip && $cur == --*=* ]]; then
    _tokcheck_table "$command ${cur%%=*}"
    [[ -n $_tokcheck_valued ]] && skip=1 cur=${cur#*=} && compset -P 1 '*='
  fi
  if [[ -n $skip ]]; then
    values=(${=_tokcheck_valued})
  else
    _tokcheck_table "$command"
    values=(${=_tokcheck_words})
    [[ $cur == -* ]] || values=(${values:#--*})
  fi
  if [[ $values[1] == @scopes ]]; then
    names=("${(@)values[2,-1]}")
    _tokcheck_table "@scopes${provider:+ $provider}"
    values=(${=_tokcheck_words})
    if compset -P '*,'; then
      names=("${(@s:,:)cur%,*}")
      values=(${values:|names})
    else
      values+=($names)
    fi
  fi
  for value in $values; do
    case "$value" in
      @files) _files ;;
      @accounts) names=(${(f)"$(tokcheck completion accounts 2>/dev/null)"}); compadd -- $names ;;
      @faults) compadd -- @FAULTS@ ;;
      @none) ;;
      *) compadd -- $value ;;
    esac
  done
}
if [[ $funcstack[1] == _tokcheck ]]; then _tokcheck "$@"; else compdef _tokcheck tokcheck; fi
"""
)

FISH_HEAD = r"""# Completion of tokcheck for fish: tokcheck completion fish | source
function __tokcheck_accounts
    tokcheck completion accounts 2>/dev/null
end

function __tokcheck_scopes
    set -l provider
    set -l previous
    set -l scopes
    for word in (commandline -opc)[2..]
        if contains -- $word @PROVIDERS@
            if test "$previous" = @OPTION@; or not string match -q -- '-*' $previous
                set provider $word
            end
        end
        set previous $word
    end
    switch "$provider"
@SCOPES@
    end
    set -l typed (commandline -ct | string replace -r '^--[^=]*=' '')
    set -l before (string match -r '^.*,' -- $typed)
    test -z "$before"; and set -a scopes $argv
    for scope in $scopes
        contains -- $scope (string split , -- "$before"); or printf '%s\n' "$before$scope"
    end
end

function __tokcheck_at
    set -l found
    for word in (commandline -opc)[2..]
        string match -q -- '-*' $word; and continue
        if test (count $found) -eq 0; or contains -- "$found" @GROUPS@
            set -a found $word
        end
    end
    test "$found" = "$argv"
end

complete -c tokcheck -f"""
