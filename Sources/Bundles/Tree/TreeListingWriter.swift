import Archives
internal import Glibc
import Platform
internal import Synchronization

/// Writes a listing, however many threads tell of entries.
final class TreeListingWriter: Sendable {
    private struct State: ~Copyable {
        let file: Descriptor
        var pending = MtreeLine.signature
    }

    private static let piece = 1 << 16

    private let path: String
    private let state: Mutex<State>

    /// Begins a listing in the place of what is there.
    init(_ path: String) throws(SystemCallError) {
        self.path = path
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
        state = Mutex(State(file: try Descriptor.open(path, flags, mode: 0o644)))
    }

    /// Adds entries.
    ///
    /// Blocks.
    func add(_ entries: [UnpackedEntry]) throws(SystemCallError) {
        var lines: [UInt8] = []
        for entry in entries { MtreeLine.append(entry, to: &lines) }
        try state.withLock { (state) throws(SystemCallError) in
            state.pending += lines
            if state.pending.count > Self.piece { try flush(&state) }
        }
    }

    /// Adds an entry's line as it was read, without its end.
    ///
    /// Blocks.
    func add(line: UnsafeRawBufferPointer) throws(SystemCallError) {
        try state.withLock { (state) throws(SystemCallError) in
            state.pending.append(contentsOf: line)
            state.pending.append(UInt8(ascii: "\n"))
            if state.pending.count > Self.piece { try flush(&state) }
        }
    }

    /// Writes the rest of it, without the entries that later ones took the place of; to the disk if it is to last.
    ///
    /// Blocks.
    func finish(
        dropping replaced: [PathBytes: Int] = [:], durably: Bool = true
    ) throws(SystemCallError) {
        try state.withLock { (state) throws(SystemCallError) in
            try flush(&state)
            if durably { try state.file.synchronize(path: path) }
        }
        guard !replaced.isEmpty else { return }
        let fresh = "\(path).new"
        try TreeListing(path: path).copy(to: fresh, dropping: replaced)
        try Files.rename(fresh, to: path)
    }

    /// Lists a folder as unpacking it would have, files hashed; what no bundle can hold is left out.
    ///
    /// Blocks.
    static func list(
        _ folder: String, of url: String, in path: String, _ stop: StopFlag
    ) throws(BundleError) -> TreeListing {
        let (tree, writer) = try onDisk { () throws(SystemCallError) in
            (try SourceTree(folder), try TreeListingWriter(path))
        }
        for entry in tree.entries {
            if stop.isSet { throw .stopped(url: url) }
            try onDisk { () throws(SystemCallError) in
                if let one = try tree.unpacked(entry) { try writer.add([one]) }
            }
        }
        try onDisk { () throws(SystemCallError) in try writer.finish() }
        return TreeListing(path: path)
    }

    private func flush(_ state: inout State) throws(SystemCallError) {
        try state.file.write(state.pending, path: path)
        state.pending.removeAll(keepingCapacity: true)
    }
}
