extension CompletionTable {
    /// The script for zsh.
    func zsh() -> String {
        let summaries = commands.map { "        '\($0.name):\(quoted($0.summary, ":"))'" }
        let cases = commands.map { command in
            let specs = command.options.map { option in
                "'\(option.isRepeatable ? "*" : "")\(option.name)[\(quoted(option.meaning, "[]"))]\(zsh(option))'"
            }
            let operands = command.operands.enumerated().map { index, value in
                let isRest = command.isVariadic && index == command.operands.count - 1
                return "'\(isRest ? "*" : "\(index + 1)"):operand:\(zsh(value))'"
            }
            // Behind an operand that it was not told of, it would offer nothing at all.
            let rest = command.isVariadic ? [] : ["'*:operand: '"]
            return "        \(command.name)) _arguments \((specs + operands + rest).joined(separator: " ")) ;;"
        }
        return """
            #compdef \(program)
            # zsh completion for \(program); put it as _\(program) into a folder of $fpath
            \(function)_ask() {
                local -a found
                found=(${(f)"$($program_typed \(Self.request) $1 "${(@)words_typed}" 2>/dev/null)"})
                compadd -a found
            }
            \(function)() {
                local -a commands words_typed
                local program_typed=${(Q)words[1]/#\\~/$HOME}
                words_typed=("${(@Q)words[2,-1]}")
                commands=(
            \(summaries.joined(separator: "\n"))
                )
                if (( CURRENT == 2 )) && [[ $PREFIX != -* ]]; then
                    _describe command commands
                    return
                fi
                local command=${words[2]}
                if [[ $command == -* ]]; then
                    command=\(fallback ?? "none")
                else
                    shift words
                    (( CURRENT-- ))
                fi
                case $command in
            \(cases.joined(separator: "\n"))
                esac
            }
            # Loaded by name it is the function's body; sourced it registers itself.
            if [[ ${funcstack[1]} == _\(program) ]]; then \(function) "$@"; else compdef \(function) \(program); fi

            """
    }

    private func zsh(_ option: Option) -> String {
        option.value.map { ":\($0.name.lowercased()):\(zsh($0.kind))" } ?? ""
    }

    private func zsh(_ value: Value) -> String {
        switch value {
        case .file: "_files"
        case .folder: "_files -/"
        case .words(let words): "(\(words.joined(separator: " ")))"
        case .asked(let kind): "{\(function)_ask \(kind)}"
        case .free: " "
        }
    }

    private func quoted(_ text: String, _ special: String) -> String {
        var escapes: [Unicode.Scalar: String] = ["'": "'\\''"]
        for scalar in special.unicodeScalars { escapes[scalar] = "\\\(scalar)" }
        return text.escaping(escapes)
    }
}
