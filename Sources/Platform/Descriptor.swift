internal import Glibc

/// An open file descriptor, closed when its owner goes.
public struct Descriptor: ~Copyable, Sendable {
    /// The number the kernel knows it by; valid while this value lives.
    public let number: Int32

    /// Takes over an open descriptor.
    public init(owning number: Int32) { self.number = number }

    deinit { close(number) }

    /// Opens a path; O_CLOEXEC is always added.
    ///
    /// A fifo does not hold the caller up until somebody opens its other end: without a writer it reads as empty, and without
    /// a reader it cannot be written (ENXIO). The corresponding C function is `open`.
    public static func open(
        _ path: String, _ flags: Int32, mode: UInt32 = 0o600
    ) throws(SystemCallError) -> Descriptor {
        let file = Descriptor(owning: try check("open", path) { Glibc.open(path, flags | atOnce, mode) })
        file.waitsFromNowOn(flags)
        return file
    }

    /// O_PATH, which Glibc's module does not show; the same on every architecture that Swift has.
    public static let pathOnly: Int32 = 0o10000000

    static let atOnce = O_CLOEXEC | O_NONBLOCK

    /// Once it is open, reading and writing wait for what is under way.
    func waitsFromNowOn(_ flags: Int32) {
        if flags & O_NONBLOCK == 0 { _ = fcntl(number, F_SETFL, flags & O_APPEND) }
    }

    /// Writes all bytes, however many calls it takes.
    ///
    /// Blocks.
    public func write(
        _ bytes: UnsafeRawBufferPointer, path: @autoclosure () -> String
    ) throws(SystemCallError) {
        try writeAll(number, bytes, path())
    }

    /// Writes all bytes.
    ///
    /// Blocks.
    public func write(_ bytes: [UInt8], path: String) throws(SystemCallError) {
        try writeAll(number, bytes, path)
    }

    /// Takes the lock on the open file, or a share in it; false when somebody else has it.
    ///
    /// It is held as long as the file is open. The corresponding C function is `flock`.
    public func tryLock(shared: Bool = false, path: String) throws(SystemCallError) -> Bool {
        do throws(SystemCallError) {
            try check("flock", path) { flock(number, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) }
            return true
        } catch {
            if error.code == EWOULDBLOCK { return false }
            throw error
        }
    }

    /// Waits for the lock on the open file, and takes it.
    ///
    /// Blocks. It is held as long as the file is open. The corresponding C function is `flock`.
    public func lock(path: String) throws(SystemCallError) {
        try check("flock", path) { flock(number, LOCK_EX) }
    }

    /// Brings data and metadata to the disk.
    ///
    /// The corresponding C function is `fsync`. Blocks.
    public func synchronize(path: String) throws(SystemCallError) {
        try check("fsync", path) { fsync(number) }
    }

    /// Reads the next piece into a buffer; nil at the end.
    ///
    /// Blocks.
    public func read(into buffer: inout [UInt8], path: String) throws(SystemCallError) -> Int? {
        let count = try check("read", path) { Glibc.read(number, &buffer, buffer.count) }
        return count == 0 ? nil : count
    }

    /// Hands out what is left of a file, in pieces of at most 256 KiB; each is good until `body` returns.
    ///
    /// Blocks.
    public func forEachPiece(
        path: String, _ body: (UnsafeRawBufferPointer) throws(SystemCallError) -> Void
    ) throws(SystemCallError) {
        // No larger than the file: making room for 256 KiB takes longer than reading most files.
        let size = try FileStatus.of(self, path: path).size
        var buffer = [UInt8](repeating: 0, count: Int(min(max(size, 4096), 1 << 18)))
        while let count = try read(into: &buffer, path: path) {
            let result = buffer.withUnsafeBytes { bytes in
                Result { () throws(SystemCallError) in try body(UnsafeRawBufferPointer(rebasing: bytes[..<count])) }
            }
            try result.get()
        }
    }

    /// Reads a piece at an offset, at most `count` bytes; 0 at the end.
    ///
    /// Blocks. The corresponding C function is `pread`.
    public func read(
        into buffer: UnsafeMutableRawBufferPointer, count: Int, at offset: Int64, path: String
    ) throws(SystemCallError) -> Int {
        try check("pread", path) { pread(number, buffer.baseAddress, min(count, buffer.count), off_t(offset)) }
    }

    /// Reads to the end, at most `limit` bytes; nil when there is more than that.
    ///
    /// Blocks.
    public func readAll(limit: Int, path: String) throws(SystemCallError) -> [UInt8]? {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            guard let count = try read(into: &buffer, path: path) else { return all }
            all.append(contentsOf: buffer[0..<count])
            if all.count > limit { return nil }
        }
    }
}

/// A pipe, both ends closed on exec.
public struct Pipe: ~Copyable, Sendable {
    /// The end to read from.
    public let reading: Descriptor
    /// The end to write to.
    public let writing: Descriptor

    /// Makes the pipe.
    ///
    /// The corresponding C function is `pipe`.
    public init() throws(SystemCallError) {
        var ends: [Int32] = [0, 0]
        try check("pipe", "pipe") { pipe(&ends) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        reading = Descriptor(owning: ends[0])
        writing = Descriptor(owning: ends[1])
    }
}

/// Writes all of an array to a descriptor that somebody else owns.
///
/// Blocks.
public func writeAll(_ descriptor: Int32, _ bytes: [UInt8], _ path: String) throws(SystemCallError) {
    var done = 0
    while done < bytes.count {
        done += try check("write", path) {
            bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done) }
        }
    }
}

/// Writes all bytes at an offset of a descriptor that somebody else owns.
///
/// Blocks. The corresponding C function is `pwrite`.
public func writeAll(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int64, _ path: String
) throws(SystemCallError) {
    var done = 0
    while done < bytes.count {
        done += try check("pwrite", path) {
            pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset) + off_t(done))
        }
    }
}

func writeAll(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, _ path: @autoclosure () -> String
) throws(SystemCallError) {
    var done = 0
    while done < bytes.count {
        done += try check("write", path()) {
            Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
        }
    }
}
