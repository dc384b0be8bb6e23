import Platform
import Testing

/// The scripts, asked by the shells themselves.
@Suite struct CompletionsTests {
    /// What somebody has typed before pressing Tab, and some of what must be offered.
    private static let typed: [(line: String, offered: [String], not: [String])] = [
        ("", ["apply", "plan", "bundle", "rollback"], ["privileged-helper"]), ("pla", ["plan"], ["timings"]),
        ("plan --", ["--config", "--json", "--help"], ["--no-parallel", "--into"]),
        ("apply --no-", ["--no-parallel", "--no-progress"], ["--config"]),
        ("apply --color ", ["auto", "always", "never"], ["--config"]),
        ("bundle ", ["install", "pack", "verify"], []),
        ("bundle pack d --arch ", ["any", "x86_64", "aarch64"], ["install"]),
        ("completions ", ["bash", "zsh", "fish"], []),
        ("check --config ", ["host.json"], ["--json", "plan"]), ("status --root ", ["folder"], ["host.json"]),
    ]

    @Test(.enabled(if: Files.isAccessible("/bin/bash", 1), "needs bash"), arguments: typed.indices)
    func `bash offers commands, options and values`(index: Int) async throws {
        let (line, offered, not) = Self.typed[index]
        let script = """
            source ./script
            line="host-bootstrap $1"
            read -ra COMP_WORDS <<<"$line"
            [[ $line == *" " ]] && COMP_WORDS+=("")
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _host_bootstrap
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        try await expect("bash", ["/bin/bash", "-c", script, "bash", line], offered, not)
    }

    @Test(.enabled(if: Files.isAccessible("/usr/bin/fish", 1), "needs fish"), arguments: typed.indices)
    func `fish offers commands, options and values`(index: Int) async throws {
        let (line, offered, not) = Self.typed[index]
        let script = "source ./script; complete -C 'host-bootstrap \(line)' | string split -f1 \\t"
        try await expect("fish", ["/usr/bin/fish", "--no-config", "-c", script], offered, not)
    }

    @Test(.enabled(if: Files.isAccessible("/usr/bin/zsh", 1), "needs zsh"), arguments: typed.indices)
    func `zsh offers commands, options and values`(index: Int) async throws {
        let (line, offered, not) = Self.typed[index]
        // A shell in a terminal of its own, into which the line and a Tab are typed.
        let script = """
            zmodload zsh/zpty
            zpty shell "zsh -f -i"
            zpty -w shell "PS1=; unsetopt zle_bracketed_paste 2>/dev/null; autoload -Uz compinit; compinit -D -u"
            zpty -w shell "zstyle ':completion:*' list-prompt ''; zstyle ':completion:*' menu no; LISTMAX=10000; setopt AUTO_LIST NO_LIST_BEEP"
            zpty -w shell "bindkey '^I' list-choices; fpath=($PWD $fpath); source ./_script; compdef _host_bootstrap host-bootstrap; echo REA''DY"
            zpty -r shell out '*READY*'
            zpty -w -n shell "host-bootstrap $1"$'\\t'
            sleep 1
            zpty -w -n shell $'\\C-u'"echo EN''D"$'\\n'
            zpty -r shell out '*END*'
            print -r -- "$out"
            """
        try await expect("zsh", ["/usr/bin/zsh", "-f", "-c", script, "zsh", line], offered, not, isScreen: true)
    }

    @Test(arguments: ["bash", "zsh"])
    func `the script is one that its shell takes`(shell: String) async throws {
        let path = shell == "bash" ? "/bin/bash" : "/usr/bin/zsh"
        guard Files.isAccessible(path, 1) else { return }
        let script = try await Program.run("completions", shell)
        #expect(script.exitCode == 0)
        let check = try await Subprocess.run(Command(path, ["-n"], input: Array(script.output.utf8)))
        #expect(check.succeeded, "\(check.errors)")
    }

    private func expect(
        _ shell: String, _ command: [String], _ offered: [String], _ not: [String], isScreen: Bool = false
    ) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/completion-tests-")
        defer { try? Folders.removeTree(folder) }
        try Folders.make("\(folder)/folder")
        try Files.replace("\(folder)/host.json", with: [], mode: 0o644)
        let script = try await Program.run("completions", shell).output
        try Files.replace("\(folder)/script", with: Array(script.utf8), mode: 0o644)
        let lines = script.split(separator: "\n", omittingEmptySubsequences: false)
        // Sourced instead of autoloaded, it must not run at once.
        let sourced = lines.filter { $0 != "_host_bootstrap \"$@\"" }.joined(separator: "\n")
        try Files.replace("\(folder)/_script", with: Array(sourced.utf8), mode: 0o644)
        let result = try await Subprocess.run(
            Command(command[0], Array(command.dropFirst()), workingDirectory: folder), timeout: .seconds(300))
        let words = Set(
            result.output.split(whereSeparator: \.isWhitespace).map { word in
                String(word.last == "/" ? word.dropLast() : word)
            })
        for word in offered {
            #expect(
                isScreen ? result.output.contains(word) : words.contains(word),
                "\(word) in \(result.output)\(result.errors)")
        }
        for word in not { #expect(!words.contains(word), "\(word) in \(result.output)") }
    }
}
