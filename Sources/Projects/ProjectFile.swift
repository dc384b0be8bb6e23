internal import Glibc
internal import Platform

/// A small text file of a project's, which may be anybody's.
enum ProjectFile {
    /// In bytes; people write none that is longer.
    static let largest = 1 << 20

    /// Reads one whole; nil when there is none.
    ///
    /// Blocks. A link is refused: what it leads to is no part of the project.
    static func read(_ path: String) throws(ProjectError) -> [UInt8]? {
        do throws(SystemCallError) {
            // Opened without waiting, or a fifo would be waited for.
            let file = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            guard try FileStatus.of(file, path: path).kind == .file else { return try refuse(path, EISDIR) }
            guard let bytes = try file.readAll(limit: largest, path: path) else { return try refuse(path, EFBIG) }
            return bytes
        } catch {
            switch error.code {
            case ENOENT: return nil
            case ELOOP: throw .unreadable(path: path, reason: "is a link, which is not followed")
            case EFBIG: throw .unreadable(path: path, reason: "is longer than \(largest >> 20) MiB")
            case EISDIR, ENXIO: throw .unreadable(path: path, reason: "is no regular file")
            default: throw .system(error)
            }
        }
    }

    /// The same as text, which must be UTF-8.
    static func text(_ path: String) throws(ProjectError) -> String? {
        guard let bytes = try read(path) else { return nil }
        guard let text = PathBytes(bytes).string else { throw .unreadable(path: path, reason: "is no UTF-8") }
        return text
    }

    private static func refuse(_ path: String, _ code: Int32) throws(SystemCallError) -> [UInt8]? {
        throw SystemCallError("read", path, code: code)
    }
}
