internal import Glibc
internal import Platform

/// A file that is read from its start to its end.
final class JSONInput {
    private let path: String
    private let file: Descriptor
    private var buffer: [UInt8]

    init(_ path: String, window: Int) throws(SystemCallError) {
        self.path = path
        buffer = [UInt8](repeating: 0, count: window)
        file = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW)
    }

    /// Appends what comes next; false at the end.
    func append(to bytes: inout [UInt8]) throws(SystemCallError) -> Bool {
        guard let count = try file.read(into: &buffer, path: path) else { return false }
        bytes.append(contentsOf: buffer[..<count])
        return true
    }
}
