import Digests
internal import Glibc
import Platform

/// A folder kept open as long as files are to be made in it.
final class OpenFolder: Sendable {
    let descriptor: Descriptor
    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
}

/// A file that is to be made, its content read already.
struct PendingFile {
    let folder: OpenFolder
    let name: PathBytes
    /// Its path beneath the top folder.
    let path: PathBytes
    let mode: UInt32
    let modified: Int64?
    /// Where in the batch its content lies.
    let content: Range<Int>
}

/// Small files on their way from the thread that reads the archive to one that writes them.
///
/// One hand-over for many of them: one each would cost more than writing them.
final class Batch: @unchecked Sendable {
    // @unchecked: one thread has it at a time; it passes from one to the next through the writers' lock.
    static let size = 1 << 20
    /// Every one keeps a descriptor open.
    static let mostFolders = 24
    static let mostFiles = 256

    private let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
    private var used = 0
    private var folders = 0
    private(set) var files: [PendingFile] = []

    deinit { storage.deallocate() }

    var isEmpty: Bool { files.isEmpty }

    func empty() {
        used = 0
        folders = 0
        files.removeAll(keepingCapacity: true)
    }

    /// Room for so many bytes; nil when it is full.
    func room(_ count: Int) -> UnsafeMutableRawBufferPointer? {
        guard files.count < Self.mostFiles, folders < Self.mostFolders, used + count <= Self.size else { return nil }
        return UnsafeMutableRawBufferPointer(rebasing: storage[used..<used + count])
    }

    /// Where the next room begins.
    var position: Int { used }

    func add(_ file: PendingFile) {
        if files.last?.folder !== file.folder { folders += 1 }
        used = file.content.upperBound
        files.append(file)
    }

    func content(of file: PendingFile) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: storage[file.content])
    }
}
