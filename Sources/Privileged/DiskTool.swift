import Platform

/// The programs that make file systems, and make them larger.
enum DiskTool {
    static func run(
        _ tool: String, _ arguments: [String], on path: String, of fileSystem: DiskFileSystem
    ) async throws(PrivilegedError) {
        let result: CommandResult
        do throws(SystemCallError) {
            // A large disk is discarded first, which may take minutes.
            result = try await Subprocess.run(Command(tool, arguments), timeout: .seconds(1200))
        } catch {
            throw .refused(
                what: error.explanation.problem, place: tool,
                hint: "name the package \(fileSystem.package) in \"apt_packages\", "
                    + "or sudo apt-get install \(fileSystem.package)")
        }
        guard result.succeeded else {
            let words = result.errors.byteLines.last { !$0.isEmpty }.map(String.init) ?? "exit code \(result.exitCode)"
            throw .refused(
                what: "\(Files.name(of: tool)): \(words)", place: path, hint: "see what the kernel says of it: dmesg")
        }
    }
}
