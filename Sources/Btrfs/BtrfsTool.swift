import Platform

/// The programs of btrfs-progs.
public enum BtrfsTool {
    /// Runs one of them.
    public static func run(_ tool: String, _ arguments: [String], on path: String) async throws(BtrfsError) {
        let result: CommandResult
        do throws(SystemCallError) {
            result = try await Subprocess.run(Command(tool, arguments), timeout: .seconds(120))
        } catch {
            throw .noTool(tool, path: path, reason: error.explanation.problem)
        }
        guard result.succeeded else {
            let last = result.errors.split(separator: "\n").last.map(String.init)
            throw .tool(tool, path: path, reason: last ?? "exit code \(result.exitCode)")
        }
    }
}
