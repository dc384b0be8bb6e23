extension CompletionTable {
    /// The script for bash.
    func bash() -> String {
        let names = commands.map(\.name).joined(separator: " ")
        let options = commands.map { command in
            "    \(command.name)) options=\"\(command.options.map(\.name).joined(separator: " "))\" ;;"
        }
        let operands = commands.flatMap { command in
            command.operands.enumerated().map { index, value in
                // Those before it have been looked for already.
                let isRest = command.isVariadic && index == command.operands.count - 1
                return "    \(command.name):\(isRest ? "*" : "\(index)")) \(bash(value)) ;;"
            }
        }
        // An option of one name may have values of several kinds.
        let values = commands.flatMap { command in
            command.options.compactMap { option in
                option.value.map { "    \(command.name):\(option.name)) \(bash($0.kind)); return ;;" }
            }
        }
        return """
            # bash completion for \(program); put it into /usr/share/bash-completion/completions/\(program)
            \(function)() {
                local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command="" options="" operand=0 value="" word
                COMPREPLY=()
                # --option=value comes in three words.
                if [[ $cur == "=" ]]; then cur=""; elif [[ $prev == "=" ]]; then prev=${COMP_WORDS[COMP_CWORD - 2]}; fi
                for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                    if [[ $word == "=" ]]; then value=yes; continue; fi
                    if [[ -n $value ]]; then value=""; continue; fi
                    case $word in
                        \(valued)) value=yes ;;
                        -*) ;;
                        *)
                            if [[ -n $command ]]; then ((operand += 1)); continue; fi
                            case " \(names) " in *" $word "*) command=$word ;; esac
                            ;;
                    esac
                done
                local chosen=${command:-\(fallback ?? "none")}
                case $chosen:$prev in
            \(values.joined(separator: "\n"))
                esac
                case $cur in
                    -*)
                        case $chosen in
            \(options.map { "            \($0)" }.joined(separator: "\n"))
                        esac
                        \(function)_words "$options"
                        return
                        ;;
                esac
                if [[ -z $command ]]; then \(function)_words "\(names)"; return; fi
                case $chosen:$operand in
            \(operands.joined(separator: "\n"))
                esac
            }
            \(function)_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }
            \(function)_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen "$1" -- "$cur"); }
            \(function)_ask() {
                mapfile -t COMPREPLY < <("${COMP_WORDS[0]/#\\~/$HOME}" \(Self.request) "$1" "${COMP_WORDS[@]:1}" 2>/dev/null)
                local found word
                found=("${COMPREPLY[@]}")
                COMPREPLY=()
                for word in "${found[@]}"; do if [[ $word == "$cur"* ]]; then COMPREPLY+=("$word"); fi; done
            }
            complete -F \(function) \(program)

            """
    }

    private func bash(_ value: Value) -> String {
        switch value {
        case .file: "\(function)_files -f"
        case .folder: "\(function)_files -d"
        case .words(let words): "\(function)_words \"\(words.joined(separator: " "))\""
        case .asked(let kind): "\(function)_ask \(kind)"
        case .free: ":"
        }
    }
}
