extension CompletionTable {
    /// The script for fish.
    func fish() -> String {
        let valued = self.valued.parts(at: "|").joined(separator: " ")
        let names = commands.map(\.name).joined(separator: " ")
        var lines = [
            """
            # fish completion for \(program); put it into ~/.config/fish/completions/\(program).fish
            function _\(function)_at -d 'a command, and which of its operands, is typed now'
                set -l command
                set -l operand 0
                set -l value
                set -l words (commandline -opc)
                set -e words[1]
                for word in $words
                    if test -n "$value"
                        set value
                    else if contains -- $word \(valued)
                        set value yes
                    else if string match -q -- '-*' $word
                    else if test -n "$command"
                        set operand (math $operand + 1)
                    else if contains -- $word \(names)
                        set command $word
                    end
                end
                test -n "$command"; or set command \(fallback ?? "none")
                test "$command" = $argv[1]; or return
                test (count $argv) = 1; or test $operand = $argv[2]; or test "$argv[3]" = more -a $operand -gt $argv[2]
            end
            function _\(function)_ask -d 'words that the program knows'
                set -l words (commandline -opc)
                set -l program (string replace -r '^~' $HOME -- $words[1])
                set -e words[1]
                command $program \(Self.request) $argv[1] $words 2>/dev/null
            end
            complete -c \(program) -f
            """
        ]
        for command in commands {
            let name = command.name
            lines.append("complete -c \(program) -n __fish_use_subcommand -a \(name) -d '\(fish(command.summary))'")
            for (index, operand) in command.operands.enumerated() {
                let isRest = command.isVariadic && index == command.operands.count - 1
                let here = "_\(function)_at \(name) \(index)\(isRest ? " more" : "")"
                lines.append("complete -c \(program) -n '\(here)'\(fish(operand))")
            }
            for option in command.options {
                let value = option.value.map { fish($0.kind) } ?? ""
                lines.append(
                    "complete -c \(program) -n '_\(function)_at \(name)' -l \(option.name.dropFirst(2))\(value) -d '\(fish(option.meaning))'"
                )
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func fish(_ value: Value) -> String {
        switch value {
        case .file: " -r -F"
        case .folder: " -x -a '(__fish_complete_directories)'"
        case .words(let words): " -x -a '\(words.joined(separator: " "))'"
        case .asked(let kind): " -x -a '(_\(function)_ask \(kind))'"
        case .free: " -x"
        }
    }

    private func fish(_ text: String) -> String {
        text.escaping(["'": "\\'", "\\": "\\\\"])
    }
}
