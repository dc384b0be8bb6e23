internal import Glibc
import Platform

/// A user's own program, to which root gives what it may do of root's.
struct CapableFile {
    let path: String
    let owner: String

    /// Gives it these capabilities and no others; the file is looked at and changed by one descriptor.
    ///
    /// What is not the owner's alone, or is reached through a link, stays as it is.
    func give(_ text: String) async throws(PrivilegedError) {
        let capabilities = try Self.capabilities(text, path)
        let parts = path.parts(at: "/").dropFirst()
        guard path.hasFirstBytes("/"), !path.utf8.contains(0),
            parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." })
        else {
            throw .refused(what: "its path is not plain", place: path, hint: "report this as a fault")
        }
        let (path, owner) = (path, try await account(owner))
        let isForeign = try await asRequest(beneath: []) { () throws(SystemCallError) in
            let root = try Descriptor.open("/", O_RDONLY | O_DIRECTORY)
            let file = try root.openBeneath(String(path.dropFirst()), O_RDONLY | O_NONBLOCK)
            let status = try FileStatus.of(file, path: path)
            // Another name of the same file may lie where nobody looks.
            guard status.kind == .file, status.owner == owner.user, status.links == 1 else { return true }
            try capabilities.give(to: file, path)
            return false
        }
        guard isForeign else { return }
        throw .refused(
            what: "it is no file of \(owner.name)'s, or has a second name", place: path,
            hint: "look at it: stat \(ShellWord.plain(path))")
    }

    static func capabilities(_ text: String, _ path: String) throws(PrivilegedError) -> FileCapabilities {
        if let capabilities = FileCapabilities(text) { return capabilities }
        throw .refused(what: "\(text) names no capabilities", place: path, hint: "report this as a fault")
    }
}
