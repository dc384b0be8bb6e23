internal import CISAL
public import Platform

/// Compresses into one gzip member with ISA-L, at its best level.
///
/// One thread, one owner.
public final class GzipEncoder {
    private let deflater: OpaquePointer
    private let output: UnsafeMutableBufferPointer<UInt8>
    private let sink: (UnsafeRawBufferPointer) throws(SystemCallError) -> Void

    /// Begins; what is compressed goes to the sink piece by piece.
    public init(_ sink: @escaping (UnsafeRawBufferPointer) throws(SystemCallError) -> Void) throws(SystemCallError) {
        guard let deflater = isal_deflater_new() else { throw SystemCallError("isal_deflate_init", "gzip", code: 12) }
        self.deflater = deflater
        self.sink = sink
        output = .allocate(capacity: 1 << 16)
    }

    deinit {
        isal_deflater_free(deflater)
        output.deallocate()
    }

    /// Compresses some bytes, less than 4 GiB at once.
    ///
    /// Blocks for as long as the sink does.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(SystemCallError) {
        var next = bytes.bindMemory(to: UInt8.self).baseAddress
        var left = UInt32(bytes.count)
        while left > 0 { try step(&next, &left, isEnd: false) }
    }

    /// Ends the member.
    public func finish() throws(SystemCallError) {
        var next: UnsafePointer<UInt8>?
        var left: UInt32 = 0
        repeat { try step(&next, &left, isEnd: true) } while isal_deflater_finished(deflater) == 0
    }

    private func step(
        _ next: inout UnsafePointer<UInt8>?, _ left: inout UInt32, isEnd: Bool
    ) throws(SystemCallError) {
        var room = UInt32(output.count)
        let code = isal_deflater_deflate(deflater, &next, &left, output.baseAddress, &room, isEnd ? 1 : 0)
        guard code == COMP_OK else { throw SystemCallError("isal_deflate", "gzip", code: 22) }
        let count = output.count - Int(room)
        if count > 0 { try sink(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(output)[..<count])) }
    }
}
