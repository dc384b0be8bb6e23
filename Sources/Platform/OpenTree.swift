internal import Glibc

/// Asks for one path after the other beneath a folder; the one in which the last lay is kept open.
public struct OpenTree: ~Copyable {
    private let top: PathBytes
    private var above: ArraySlice<UInt8> = []
    private var folder: Descriptor?

    private static let slash = UInt8(ascii: "/")

    /// Nothing is opened yet.
    public init(_ folder: String) { top = PathBytes(folder) }

    /// Looks at a path beneath it, a link at its end not followed; nil when there is nothing there.
    ///
    /// Blocks.
    public mutating func status(of path: PathBytes) throws(SystemCallError) -> FileStatus? {
        let bytes = path.bytes, slash = bytes.lastIndex(of: Self.slash)
        let above = bytes[..<(slash ?? 0)]
        if folder == nil || self.above != above {
            folder = nil
            do throws(SystemCallError) {
                let whole = above.isEmpty ? top : top.appending(PathBytes(above))
                folder = try Descriptor.open(whole, Descriptor.pathOnly | O_DIRECTORY)
            } catch {
                if error.isMissing { return nil }
                throw error
            }
            self.above = above
        }
        guard let number = folder?.number else { return nil }
        return try FileStatus.of(PathBytes(bytes[(slash.map { $0 + 1 } ?? 0)...]), in: number)
    }
}
