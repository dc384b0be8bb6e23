internal import CISAL

/// Decompresses gzip with ISA-L, whose inflate is several times as fast as zlib's.
enum GzipDecoder {
    private static let member = "gzip member"

    static func decode(_ file: GrowingFile, into pipe: ChunkPipe) throws(DecompressionError) {
        guard let stream = isal_stream_new() else { throw .noMemory("96 KiB") }
        defer { isal_stream_free(stream) }
        let input = FileInput(file)
        var output = try pipe.take()
        // A gzip file is one member or several, one behind the other (RFC 1952, 2.2).
        var isMember = true, isFirst = true
        while isMember {
            isal_stream_begin(stream)
            repeat {
                if output.count == Chunk.size {
                    pipe.put(output)
                    output = try pipe.take()
                }
                try step(stream, input, output, isFirst: isFirst)
            } while isal_stream_finished(stream) == 0
            isFirst = false
            isMember = try beginsMember(input)
        }
        pipe.put(output)
        pipe.close()
        pipe.end()
    }

    private static func step(
        _ stream: OpaquePointer, _ input: FileInput, _ output: Chunk, isFirst: Bool
    ) throws(DecompressionError) {
        let isMore = try input.fill()
        let rest = input.rest
        var next = rest.baseAddress?.assumingMemoryBound(to: UInt8.self)
        var left = UInt32(rest.count)
        var out = output.storage.baseAddress.map { ($0 + output.count).assumingMemoryBound(to: UInt8.self) }
        var room = UInt32(Chunk.size - output.count)
        let before = room
        let code = isal_stream_inflate(stream, &next, &left, &out, &room)
        // It begins as a member does, and goes on otherwise.
        if code == ISAL_INVALID_WRAPPER, !isFirst { throw .trailing(after: member) }
        guard code >= 0 else { throw .damaged(reason(code)) }
        input.consume(rest.count - Int(left))
        output.count = Chunk.size - Int(room)
        let isStuck = room == before && Int(left) == rest.count
        guard isMore || !isStuck || isal_stream_finished(stream) != 0 else {
            throw .damaged("the gzip data is cut off")
        }
        // Neither input taken nor output given, though there was room for both: it would be so for ever.
        if isMore, isStuck, isal_stream_finished(stream) == 0, room > 0 {
            throw .damaged("the gzip data leads nowhere")
        }
    }

    /// Looks whether another member follows; zeros behind the last, as tape drives leave them, are nothing.
    private static func beginsMember(_ input: FileInput) throws(DecompressionError) -> Bool {
        while try input.fill() {
            guard input.rest.first == 0 else {
                // A member's first two bytes (RFC 1952, 2.3.1), as far as they are here.
                guard zip(input.rest, [0x1F, 0x8B] as [UInt8]).allSatisfy({ $0 == $1 }) else {
                    throw .trailing(after: member)
                }
                return true
            }
            input.consume(input.rest.prefix { $0 == 0 }.count)
        }
        return false
    }

    private static func reason(_ code: Int32) -> String {
        switch code {
        case ISAL_INCORRECT_CHECKSUM: "the gzip checksum is wrong"
        case ISAL_INVALID_WRAPPER: "the gzip header is corrupt"
        case ISAL_UNSUPPORTED_METHOD: "the gzip method is unknown"
        default: "the gzip data is corrupt (\(code))"
        }
    }
}
