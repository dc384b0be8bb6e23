/// Hands a file on as it is.
enum PlainDecoder {
    static func decode(_ file: GrowingFile, into pipe: ChunkPipe) throws(DecompressionError) {
        var offset: Int64 = 0
        while true {
            let chunk = try pipe.take()
            chunk.count = try file.read(into: chunk.storage, at: offset)
            offset += Int64(chunk.count)
            let isEnd = chunk.count == 0
            pipe.put(chunk)
            if isEnd { break }
        }
        pipe.close()
        pipe.end()
    }
}
