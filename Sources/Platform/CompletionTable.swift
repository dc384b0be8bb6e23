/// What a program's command line takes, for the scripts by which shells complete it.
public struct CompletionTable: Sendable {
    /// What a value is: a file, a folder, one of some words, or free.
    public enum Value: Sendable, Equatable {
        case file, folder, words([String]), free
    }

    /// An option, with a value or without.
    public struct Option: Sendable {
        let name: String
        let meaning: String
        let value: (name: String, kind: Value)?
        let isRepeatable: Bool

        /// Makes one; `value` is what the help calls its value, nil when it takes none.
        public init(_ name: String, _ meaning: String, value: (name: String, kind: Value)?, isRepeatable: Bool) {
            self.name = name
            self.meaning = meaning
            self.value = value
            self.isRepeatable = isRepeatable
        }
    }

    /// A command with its operands and options.
    public struct Command: Sendable {
        let name: String
        let summary: String
        let words: [String]
        let takesFiles: Bool
        let options: [Option]

        /// Makes one; `words` are those that its first operand may be.
        public init(_ name: String, _ summary: String, words: [String], takesFiles: Bool, options: [Option]) {
            self.name = name
            self.summary = summary
            self.words = words
            self.takesFiles = takesFiles
            self.options = options
        }
    }

    private let program: String
    private let commands: [Command]
    private let fallback: String?

    /// Makes the table of a program; `fallback` is the command that is meant when none is typed.
    public init(of program: String, _ commands: [Command], fallback: String? = nil) {
        self.program = program
        self.commands = commands
        self.fallback = fallback
    }

    /// The shells that a script can be had for.
    public static let shells = ["bash", "zsh", "fish"]

    /// The script for a shell; nil when it is none of ``shells``.
    public func script(for shell: String) -> String? {
        switch shell {
        case "bash": bash()
        case "zsh": zsh()
        case "fish": fish()
        default: nil
        }
    }

    /// The program's name as a shell function's.
    private var function: String { "_" + program.map { $0 == "-" ? "_" : String($0) }.joined() }

    // MARK: bash

    private func bash() -> String {
        let names = commands.map(\.name).joined(separator: " ")
        let cases = commands.map { command in
            "    \(command.name)) options=\"\(command.options.map(\.name).joined(separator: " "))\""
                + " words=\"\(command.words.joined(separator: " "))\" ;;"
        }
        let all = commands.flatMap(\.options)
        // A case needs a pattern, and no option is called so.
        let taking = { (kind: (Value) -> Bool) -> String in
            let found = Set(all.filter { $0.value.map { kind($0.kind) } ?? false }.map(\.name))
            return found.isEmpty ? "none" : found.sorted().joined(separator: "|")
        }
        let wordy = Dictionary(all.map { ($0.name, $0.value?.kind) }) { first, _ in first }.sorted { $0.key < $1.key }
            .compactMap { name, value -> String? in
                guard case .words(let words) = value else { return nil }
                return "        \(name)) words=\"\(words.joined(separator: " "))\" options=\"\" ;;"
            }
        let named = taking { if case .words = $0 { true } else { false } }
        let files = commands.filter(\.takesFiles).map(\.name).joined(separator: "|")
        return """
            # bash completion for \(program); put it into /usr/share/bash-completion/completions/\(program)
            \(function)() {
                local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command="" options="" words="" word
                # --option=value comes in three words.
                if [[ $cur == "=" ]]; then cur=""; elif [[ $prev == "=" ]]; then prev=${COMP_WORDS[COMP_CWORD - 2]}; fi
                for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                    case " \(names) " in *" $word "*) command=$word; break ;; esac
                done
                case ${command:-\(fallback ?? "none")} in
            \(cases.map { "    \($0)" }.joined(separator: "\n"))
                esac
                case $prev in
                    \(taking { if case .file = $0 { true } else { false } })) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
                    \(taking { if case .folder = $0 { true } else { false } })) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
            \(wordy.joined(separator: "\n"))
                    \(taking { if case .free = $0 { true } else { false } })) COMPREPLY=(); return ;;
                esac
                case $prev in \(named)) ;; *) [[ -n $command ]] || words="\(names)" ;; esac
                case $cur in
                    -*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur") ;;
                    *) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur"; case $command in \(files.isEmpty ? "none" : files)) compgen -f -- "$cur" ;; esac) ;;
                esac
            }
            complete -F \(function) \(program)

            """
    }

    // MARK: zsh

    private func zsh() -> String {
        let summaries = commands.map { "        '\($0.name):\(quoted($0.summary, ":"))'" }
        let cases = commands.map { command in
            let specs = command.options.map { option in
                "'\(option.isRepeatable ? "*" : "")\(option.name)[\(quoted(option.meaning, "[]"))]\(zsh(option))'"
            }
            let word = command.words.isEmpty ? [] : ["'1:word:(\(command.words.joined(separator: " ")))'"]
            // Behind an operand that it was not told of, it would offer nothing at all.
            let operands = word + [command.takesFiles ? "'*:file:_files'" : "'*:operand: '"]
            return "        \(command.name)) _arguments \((specs + operands).joined(separator: " ")) ;;"
        }
        return """
            #compdef \(program)
            # zsh completion for \(program); put it as _\(program) into a folder of $fpath
            \(function)() {
                local -a commands
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
        guard let value = option.value else { return "" }
        let action =
            switch value.kind {
            case .file: "_files"
            case .folder: "_files -/"
            case .words(let words): "(\(words.joined(separator: " ")))"
            case .free: " "
            }
        return ":\(value.name.lowercased()):\(action)"
    }

    private func quoted(_ text: String, _ special: String) -> String {
        var escapes: [Unicode.Scalar: String] = ["'": "'\\''"]
        for scalar in special.unicodeScalars { escapes[scalar] = "\\\(scalar)" }
        return text.escaping(escapes)
    }

    // MARK: fish

    private func fish() -> String {
        var lines = [
            "# fish completion for \(program); put it into ~/.config/fish/completions/\(program).fish",
            "complete -c \(program) -f",
        ]
        let names = commands.map(\.name).joined(separator: " ")
        for command in commands {
            let name = command.name
            lines.append("complete -c \(program) -n __fish_use_subcommand -a \(name) -d '\(fish(command.summary))'")
            let here =
                name == fallback
                ? "__fish_seen_subcommand_from \(name); or not __fish_seen_subcommand_from \(names)"
                : "__fish_seen_subcommand_from \(name)"
            for word in command.words { lines.append("complete -c \(program) -n '\(here)' -a \(word)") }
            for option in command.options {
                let value: String
                switch option.value?.kind {
                case nil: value = ""
                case .file?: value = " -r -F"
                case .folder?: value = " -x -a '(__fish_complete_directories)'"
                case .words(let words)?: value = " -x -a '\(words.joined(separator: " "))'"
                case .free?: value = " -x"
                }
                lines.append(
                    "complete -c \(program) -n '\(here)' -l \(option.name.dropFirst(2))\(value) -d '\(fish(option.meaning))'"
                )
            }
            if command.takesFiles { lines.append("complete -c \(program) -n '\(here)' -F") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func fish(_ text: String) -> String {
        text.escaping(["'": "\\'", "\\": "\\\\"])
    }
}
