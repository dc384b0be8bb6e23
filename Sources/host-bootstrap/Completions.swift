import Platform

/// `host-bootstrap completions`: a script for a shell, made from the same table as the help.
enum Completions {
    static func run(_ options: CommandLineOptions) throws(UsageError) -> ExitCode {
        switch options.operands[0] {
        case "bash": Output.print(bash())
        case "zsh": Output.print(zsh())
        case "fish": Output.print(fish())
        case let shell: throw .badValue("completions", shell, expected: "bash, zsh or fish")
        }
    }

    /// What a value is: a file, a folder, one of some words, or free.
    private enum Value {
        case file, folder, words([String]), free

        init(_ option: Option) {
            switch option.value {
            case "FILE": self = .file
            case "DIR", "FOLDER": self = .folder
            case "ARCH": self = .words(["any", "x86_64", "aarch64"])
            case "WHEN": self = .words(["auto", "always", "never"])
            default: self = .free
            }
        }
    }

    private static func options(_ command: Subcommand) -> [Option] { command.options + Option.everywhere }

    private static func words(_ command: Subcommand) -> [String] {
        command.operands.first?.split(separator: "|").map(String.init).filter { $0 != $0.uppercased() } ?? []
    }

    // MARK: bash

    private static func bash() -> String {
        let commands = Subcommand.shown.map(\.rawValue).joined(separator: " ")
        let cases = Subcommand.shown.map { command in
            "    \(command.rawValue)) options=\"\(options(command).map(\.name).joined(separator: " "))\""
                + " words=\"\(words(command).joined(separator: " "))\" ;;"
        }
        let all = Subcommand.shown.flatMap(options)
        let taking = { (kind: (Value) -> Bool) -> String in
            Set(all.filter { $0.value != nil && kind(Value($0)) }.map(\.name)).sorted().joined(separator: "|")
        }
        let wordy = Dictionary(all.map { ($0.name, Value($0)) }) { first, _ in first }.sorted { $0.key < $1.key }
            .compactMap { name, value -> String? in
                guard case .words(let words) = value else { return nil }
                return "        \(name)) words=\"\(words.joined(separator: " "))\" options=\"\" ;;"
            }
        let named = taking { if case .words = $0 { true } else { false } }
        return """
            # bash completion for host-bootstrap; put it into /usr/share/bash-completion/completions/host-bootstrap
            _host_bootstrap() {
                local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command="" options words word
                # --option=value comes in three words.
                if [[ $cur == "=" ]]; then cur=""; elif [[ $prev == "=" ]]; then prev=${COMP_WORDS[COMP_CWORD - 2]}; fi
                for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                    case " \(commands) " in *" $word "*) command=$word; break ;; esac
                done
                case ${command:-apply} in
            \(cases.map { "    \($0)" }.joined(separator: "\n"))
                esac
                case $prev in
                    \(taking { if case .file = $0 { true } else { false } })) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
                    \(taking { if case .folder = $0 { true } else { false } })) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
            \(wordy.joined(separator: "\n"))
                    \(taking { if case .free = $0 { true } else { false } })) COMPREPLY=(); return ;;
                esac
                case $prev in \(named)) ;; *) [[ -n $command ]] || words="\(commands)" ;; esac
                case $cur in
                    -*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur") ;;
                    *) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur"; [[ $command != bundle ]] || compgen -f -- "$cur") ;;
                esac
            }
            complete -F _host_bootstrap host-bootstrap

            """
    }

    // MARK: zsh

    private static func zsh() -> String {
        let commands = Subcommand.shown.map { "        '\($0.rawValue):\(quoted($0.summary, ":"))'" }
        let cases = Subcommand.shown.map { command in
            let specs = options(command).map { option in
                "'\(option.isRepeatable ? "*" : "")\(option.name)[\(quoted(option.meaning, "[]"))]\(zsh(option))'"
            }
            let operand =
                words(command).isEmpty
                ? "'*:file:_files'" : "'1:word:(\(words(command).joined(separator: " ")))' '*:file:_files'"
            return "        \(command.rawValue)) _arguments \(specs.joined(separator: " ")) \(operand) ;;"
        }
        return """
            #compdef host-bootstrap
            # zsh completion for host-bootstrap; put it as _host-bootstrap into a folder of $fpath
            _host_bootstrap() {
                local -a commands
                commands=(
            \(commands.joined(separator: "\n"))
                )
                if (( CURRENT == 2 )) && [[ $PREFIX != -* ]]; then
                    _describe command commands
                    return
                fi
                local command=${words[2]}
                if [[ $command == -* ]]; then
                    command=apply
                else
                    shift words
                    (( CURRENT-- ))
                fi
                case $command in
            \(cases.joined(separator: "\n"))
                esac
            }
            # Loaded by name it is the function's body; sourced it registers itself.
            if [[ ${funcstack[1]} == _host-bootstrap ]]; then _host_bootstrap "$@"; else compdef _host_bootstrap host-bootstrap; fi

            """
    }

    private static func zsh(_ option: Option) -> String {
        guard let value = option.value else { return "" }
        let action =
            switch Value(option) {
            case .file: "_files"
            case .folder: "_files -/"
            case .words(let words): "(\(words.joined(separator: " ")))"
            case .free: " "
            }
        return ":\(value.lowercased()):\(action)"
    }

    private static func quoted(_ text: String, _ special: String) -> String {
        var escapes: [Unicode.Scalar: String] = ["'": "'\\''"]
        for scalar in special.unicodeScalars { escapes[scalar] = "\\\(scalar)" }
        return text.escaping(escapes)
    }

    // MARK: fish

    private static func fish() -> String {
        var lines = [
            "# fish completion for host-bootstrap; put it into ~/.config/fish/completions/host-bootstrap.fish",
            "complete -c host-bootstrap -f",
        ]
        let names = Subcommand.shown.map(\.rawValue).joined(separator: " ")
        for command in Subcommand.shown {
            let name = command.rawValue
            lines.append("complete -c host-bootstrap -n __fish_use_subcommand -a \(name) -d '\(fish(command.summary))'")
            let here =
                command == .apply
                ? "__fish_seen_subcommand_from apply; or not __fish_seen_subcommand_from \(names)"
                : "__fish_seen_subcommand_from \(name)"
            for word in words(command) { lines.append("complete -c host-bootstrap -n '\(here)' -a \(word)") }
            for option in options(command) {
                let value: String
                switch option.value == nil ? nil : Value(option) {
                case nil: value = ""
                case .file?: value = " -r -F"
                case .folder?: value = " -x -a '(__fish_complete_directories)'"
                case .words(let words)?: value = " -x -a '\(words.joined(separator: " "))'"
                case .free?: value = " -x"
                }
                lines.append(
                    "complete -c host-bootstrap -n '\(here)' -l \(option.name.dropFirst(2))\(value) -d '\(fish(option.meaning))'"
                )
            }
        }
        lines.append("complete -c host-bootstrap -n '__fish_seen_subcommand_from bundle' -F")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func fish(_ text: String) -> String {
        text.escaping(["'": "\\'", "\\": "\\\\"])
    }
}
