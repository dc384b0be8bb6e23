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
        ("explain wrong-", ["wrong-type"], ["5"]), ("timings --t", ["--trace"], []),
        ("apply --only ", ["layout", "bundle-tools"], ["host.json"]),
        ("apply --skip bundle-", ["bundle-tools"], ["layout"]),
        ("apply --config host.json --only ", ["layout", "finish"], ["bundle-tools", "install"]),
        ("rollback ", ["tools"], ["host.json", "other"]), ("rollback tools --to ", ["1.0.0", "1.1.0"], ["host.json"]),
        ("rollback --to 1.0.0 t", ["tools"], ["other"]), ("bundle verify ", ["host.json"], ["install"]),
    ]

    /// The same of the hub's.
    private static let typedToHub: [(line: String, offered: [String], not: [String])] = [
        ("", ["serve", "add-host", "completions"], ["apply"]), ("list-", ["list-hosts", "list-keys"], ["serve"]),
        ("add-user anna --role ", ["viewer", "operator"], ["host.json"]),
        ("user-data h --format ", ["shell", "cloud-config", "multipart"], []),
        ("serve --data ", ["folder"], ["host.json"]), ("add-bundle ", ["host.json"], []),
        ("list-hosts ", [], ["host.json", "serve"]), ("completions ", ["bash", "zsh", "fish"], ["--data"]),
        ("list-hosts --", ["--data", "--help"], ["--config"]),
        ("remove-host --data hub ", ["web-1", "web-2"], ["host.json"]),
        ("label --data hub web-1 ", ["all"], ["web-2"]), ("label --data hub web-1 all z", ["zone"], ["web-2"]),
        ("rollout start --data hub --group ", ["zone", "all"], ["web-1"]),
        ("rollout start --data hub --bundle ", ["tools=1.3"], ["zone"]),
        ("rollout ", ["start", "abort"], ["web-1"]), ("remove-host ", [], ["web-1", "host.json"]),
        ("secret remove --data hub ", ["password"], ["web-1"]),
    ]

    /// A program, what is typed after its name, and what must and must not be offered then.
    struct Case: CustomTestStringConvertible {
        let program: String, line: String, offered: [String], not: [String]
        var testDescription: String { "\(program) \(line)" }
        /// The shell function that completes it.
        var function: String { program == "bootstrap-hub" ? "_bootstrap_hub" : "_host_bootstrap" }
    }

    private static let cases =
        typed.map { Case(program: "host-bootstrap", line: $0.line, offered: $0.offered, not: $0.not) }
        + typedToHub.map { Case(program: "bootstrap-hub", line: $0.line, offered: $0.offered, not: $0.not) }

    @Test(.enabled(if: Files.isAccessible("/bin/bash", 1), "needs bash"), arguments: cases)
    func `bash offers commands, options and values`(typed: Case) async throws {
        let script = """
            source ./script
            line="\(typed.program) $1"
            read -ra COMP_WORDS <<<"$line"
            [[ $line == *" " ]] && COMP_WORDS+=("")
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            \(typed.function)
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        try await expect("bash", ["/bin/bash", "-c", script, "bash", typed.line], typed)
    }

    @Test(.enabled(if: Files.isAccessible("/usr/bin/fish", 1), "needs fish"), arguments: cases)
    func `fish offers commands, options and values`(typed: Case) async throws {
        let script = "source ./script; complete -C '\(typed.program) \(typed.line)' | string split -f1 \\t"
        try await expect("fish", ["/usr/bin/fish", "--no-config", "-c", script], typed)
    }

    @Test(.enabled(if: Files.isAccessible("/usr/bin/zsh", 1), "needs zsh"), arguments: cases)
    func `zsh offers commands, options and values`(typed: Case) async throws {
        // A shell in a terminal of its own, into which the line and a Tab are typed.
        let script = """
            zmodload zsh/zpty
            zpty shell "zsh -f -i"
            zpty -w shell "PS1=; unsetopt zle_bracketed_paste 2>/dev/null; autoload -Uz compinit; compinit -D -u"
            zpty -w shell "zstyle ':completion:*' list-prompt ''; zstyle ':completion:*' menu no; LISTMAX=10000; setopt AUTO_LIST NO_LIST_BEEP"
            zpty -w shell "bindkey '^I' list-choices; fpath=($PWD $fpath); source ./_script; compdef \(typed.function) \(typed.program); echo REA''DY"
            zpty -r shell out '*READY*'
            zpty -w -n shell "\(typed.program) $1"$'\\t'
            sleep 1
            zpty -w -n shell $'\\C-u'"echo EN''D"$'\\n'
            zpty -r shell out '*END*'
            print -r -- "$out"
            """
        try await expect("zsh", ["/usr/bin/zsh", "-f", "-c", script, "zsh", typed.line], typed, isScreen: true)
    }

    @Test(arguments: ["bash", "zsh"], ["host-bootstrap", "bootstrap-hub"])
    func `the script is one that its shell takes`(shell: String, program: String) async throws {
        let path = shell == "bash" ? "/bin/bash" : "/usr/bin/zsh"
        guard Files.isAccessible(path, 1) else { return }
        let script = try await Self.script(of: program, for: shell)
        #expect(script.exitCode == 0)
        let check = try await Subprocess.run(Command(path, ["-n"], input: Array(script.output.utf8)))
        #expect(check.succeeded, "\(check.errors)")
    }

    private static func programs() throws -> String { Files.folder(of: try ProcessStart.executable()) }

    /// A host where something ran, with two versions of a bundle, and another's config.
    private static func makeHost(_ folder: String) throws {
        let config = """
            {"host_id": "h", "bootstrap_user": "nobody", "bootstrap_root": "\(folder)/other"}
            """
        try Files.replace("\(folder)/host.json", with: Array(config.utf8), mode: 0o644)
        let root = "\(folder)/home/cocalc-host"
        try Folders.make("\(root)/bootstrap")
        let entry = { (run: String) in
            """
            {"run_id": "\(run)", "status": "satisfied", "needs": [], "started_at": 1767225600000, "differences": [], "facts": {}}
            """
        }
        let receipt = """
            {"schema_version": 3, "run_id": "r", "host_id": "h", "config_digest": "00", "agent_version": "1",
            "started_at": 1767225600000, "finished_at": 1767225601000, "status": "done", "parallel": true,
            "steps": {"layout": \(entry("r")), "bundle-tools": \(entry("q"))}}
            """
        try Files.replace("\(root)/bootstrap/state.json", with: Array(receipt.utf8), mode: 0o600)
        let records = "\(root)/bundles/tools/.records"
        try Folders.make(records)
        for version in ["1.0.0", "1.1.0"] {
            try Folders.make("\(root)/bundles/tools/\(version)")
            let record = """
                {"schema_version": 2, "archive_digest": "\(String(repeating: "0", count: 64))", "url": "https://a.example/tools",
                "verification": "required", "version": "\(version)", "installed_at": "2026-01-01T00:00:00Z", "entries": 0, "bytes": 0}
                """
            try Files.replace("\(records)/\(version).json", with: Array(record.utf8), mode: 0o644)
        }
        try Files.replaceLink("\(root)/bundles/tools/current", target: "1.1.0")
    }

    /// A hub that knows hosts, a label, a bundle and a secret.
    private static func makeHub(_ folder: String) async throws {
        let archive = "\(folder)/tools-1.3-x86_64.tar.zst"
        try Files.replace(archive, with: [1], mode: 0o644)
        let lines: [[String]] = [
            ["add-host", "web-1"], ["add-host", "web-2"], ["label", "web-1", "zone"], ["add-bundle", archive],
        ]
        for words in lines {
            let made = try await Subprocess.run(
                Command("\(try programs())/bootstrap-hub", words + ["--data", "\(folder)/hub"]), timeout: .seconds(60))
            #expect(made.succeeded, "\(made)")
        }
        let secret = try await Subprocess.run(
            Command(
                "\(try programs())/bootstrap-hub",
                ["secret", "set", "password", "--host", "web-1", "--data", "\(folder)/hub"],
                input: Array("x".utf8)), timeout: .seconds(60))
        #expect(secret.succeeded, "\(secret)")
        try Files.remove(archive)
    }

    private static func script(of program: String, for shell: String) async throws -> CommandResult {
        let path = "\(try programs())/\(program)"
        return try await Subprocess.run(Command(path, ["completions", shell]), timeout: .seconds(60))
    }

    private func expect(
        _ shell: String, _ command: [String], _ typed: Case, isScreen: Bool = false
    ) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/completion-tests-")
        defer { try? Folders.removeTree(folder) }
        try Folders.make("\(folder)/folder")
        try Self.makeHost(folder)
        if typed.program == "bootstrap-hub" { try await Self.makeHub(folder) }
        let script = try await Self.script(of: typed.program, for: shell).output
        try Files.replace("\(folder)/script", with: Array(script.utf8), mode: 0o644)
        let lines = script.split(separator: "\n", omittingEmptySubsequences: false)
        // Sourced instead of autoloaded, it must not run at once.
        let sourced = lines.filter { $0 != "\(typed.function) \"$@\"" }.joined(separator: "\n")
        try Files.replace("\(folder)/_script", with: Array(sourced.utf8), mode: 0o644)
        let result = try await Subprocess.run(
            Command(
                "/usr/bin/env",
                [
                    "HOME=\(folder)/home",
                    "PATH=\(try Self.programs()):\(ProcessStart.environment("PATH") ?? "/usr/bin:/bin")",
                ]
                    + command, workingDirectory: folder), timeout: .seconds(300))
        let words = Set(
            result.output.split(whereSeparator: \.isWhitespace).map { word in
                String(word.last == "/" ? word.dropLast() : word)
            })
        for word in typed.offered {
            #expect(
                isScreen ? result.output.contains(word) : words.contains(word),
                "\(word) in \(result.output)\(result.errors)")
        }
        for word in typed.not { #expect(!words.contains(word), "\(word) in \(result.output)") }
    }
}
