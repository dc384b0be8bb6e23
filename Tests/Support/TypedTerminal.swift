public import Platform

/// A terminal at which somebody types.
public enum TypedTerminal {
    /// `terminal.py ANSWERS PROGRAM ARGUMENT …`, for python3.
    public static let script = "\(Files.folder(of: #filePath))/terminal.py"

    /// Runs a program at a terminal, with an answer to each of its prompts; its output ends with its exit code.
    public static func run(
        _ program: String, _ arguments: [String], answers: [String], in folder: String
    ) async throws -> CommandResult {
        let file = "\(folder)/.answers"
        try Files.replace(file, with: Array(answers.joined(separator: "\n").utf8), mode: 0o600)
        defer { try? Files.remove(file) }
        return try await Subprocess.run(
            Command("/usr/bin/python3", ["-B", script, file, program] + arguments, workingDirectory: folder),
            timeout: .seconds(90))
    }
}
